using UnetSpikes.Cli;
using UnetSpikes.Sweep;
using UnetSpikes.Tests.Data;

namespace UnetSpikes.Tests.Sweep;

/// <summary>
/// The command with a shell script in the place of training, which takes milliseconds: its validation loss is MODEL.LATENT_DIM / 1000;
/// 13 fails, and 99 writes a checkpoint and hangs unless it is resumed. Every call is a line of its log.
/// </summary>
internal sealed class FakeTraining : IDisposable
{
    private const string Script = """
        log=$1; shift; echo "$@" >> "$log"; resumed=no
        while [ $# -gt 0 ]; do
          case "$1" in
            --out) out=$2; shift;;
            --resume) resumed=yes;;
            --set) case "$2" in MODEL.LATENT_DIM=*) width=${2#*=};; TRAIN.NUM_UPDATES=*) updates=${2#*=};; esac; shift;;
          esac; shift
        done
        if [ $resumed = yes ]; then width=$(cat "$out/width"); else echo "$width" > "$out/width"; fi
        : > "$out/last.safetensors"
        if [ "$width" = 13 ]; then echo "some message" >&2; echo "error: 13 is unlucky, \"really\"" >&2; exit 6; fi
        if [ "$width" = 99 ] && [ $resumed = no ]; then exec sleep 60; fi
        echo "{\"validation_loss\": $(printf '0.%03d' "$width"), \"bits_per_spike\": 0.5, \"r2_uniform\": null, \"steps\": ${updates:-7}, \"seconds\": 2, \"checkpoint\": \"$out/best.safetensors\"}" > "$out/result.json"
        """;

    private readonly TemporaryFolder _folder = new();

    public FakeTraining() => File.WriteAllText(ScriptFile, Script);

    public string Out => _folder.File("sweep");

    public string[] Calls => File.Exists(Log) ? File.ReadAllLines(Log) : [];

    private string Log => _folder.File("log");

    private string ScriptFile => _folder.File("train.sh");

    public string Read(string name) => File.ReadAllText(Path.Combine(Out, name));

    public void Dispose() => _folder.Dispose();

    /// <summary>The one command that plans, runs here and collects.</summary>
    public (int Code, string Output, string Error) Sweep(params string[] arguments) => Run(["--out", Out, "--threads", "4", .. arguments]);

    /// <summary>One of its verbs.</summary>
    public (int Code, string Output, string Error) Verb(string name, params string[] arguments) => Run([name, "--out", Out, .. arguments]);

    private (int Code, string Output, string Error) Run(string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = ToolHost.Run(SweepCommand.Create(new TrainProgram("/bin/sh", [ScriptFile, Log])), arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}

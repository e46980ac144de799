using UnetSpikes.Runtime;
using UnetSpikes.Runtime.Timing;

namespace UnetSpikes.Export;

/// <summary>What a run of one form of a model takes on this machine.</summary>
/// <param name="Form">The form, as <c>--for</c> says it.</param>
/// <param name="Batch">Trials per run.</param>
/// <param name="Bins">Bins of each.</param>
/// <param name="Ms">Median of a run, in milliseconds.</param>
public sealed record FormTime(string Form, int Batch, int Bins, double Ms);

/// <summary>Times both forms of a model, so that a user sees what <c>--for</c> decides here, in about half a second.</summary>
/// <remarks>
/// auto keeps both forms and chooses at each run by the batch: whichever is better for 1 trial is worse for 64 by more than measuring could be
/// wrong, and the machine that exports is seldom the one that infers. So what is measured is shown, and decides nothing.
/// </remarks>
public static class FormTimes
{
    private const double SecondsPerBatch = 0.1;

    /// <summary>The batches timed: one trial, and many.</summary>
    public static IReadOnlyList<int> Batches { get; } = [1, 64];

    /// <summary>A form as <c>--for</c> says it.</summary>
    /// <param name="form">The form.</param>
    public static string Name(ModelForm form) => form.ToString().ToLowerInvariant();

    /// <summary>Times them, in turns.</summary>
    /// <param name="build">Gives the model in a form, with its metadata.</param>
    /// <param name="bins">Bins of a trial.</param>
    /// <param name="threads">Threads; 0 = as many as the job was given.</param>
    public static IReadOnlyList<FormTime> Measure(Func<ModelForm, byte[]> build, int bins, int threads)
    {
        ModelForm[] forms = [ModelForm.Batch, ModelForm.Latency];
        byte[][] models = [.. forms.Select(build)];
        return [.. Batches.SelectMany(batch =>
        {
            TimedModel[] timed = [.. models.Select((model, i) => Open(model, forms[i], batch))];
            try
            {
                IReadOnlyList<CallTimes> times = new Turns(SecondsPerBatch) { WarmUpSeconds = SecondsPerBatch / 4 }.Take(CancellationToken.None, [.. timed.Select(model => (Action)model.Call)]);
                return times.Select((of, i) => new FormTime(Name(forms[i]), batch, bins, of.PercentileMs(0.5))).ToList();
            }
            finally
            {
                Array.ForEach(timed, model => model.Dispose());
            }
        })];

        TimedModel Open(byte[] model, ModelForm form, int batch)
        {
            var session = new OnnxSession(model, new SessionSettings { Name = $"{form} form", Threads = threads });
            var input = SpikeInput.Of(session.Settings.Name, session, ModelMetadata.FromDictionary(session.Settings.Name, session.Metadata));
            return TimedModel.Open(() => session, input, batch, bins);
        }
    }
}

using System.Globalization;
using System.Runtime.CompilerServices;
using UnetSpikes.Examples;
using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>
/// The programs of docs/deploy.md, as a reader would build and run them, on a network of PyTorch's that was exported: each gives PyTorch's rates.
/// </summary>
[Collection(SpawnsProcesses.Name)]
public sealed class DeployPageTests(ExportedModel exported) : IClassFixture<ExportedModel>
{
    private const double BinWidthMs = 20;

    /// <summary>On log-rates.</summary>
    private const double Tolerance = 1e-5;

    public static string Repository { get; } = FolderAbove();

    public static TheoryData<string> Examples() => [.. Directory.GetFiles(ExamplesFolder).Select(path => Path.GetFileName(path))];

    private static string ExamplesFolder => Path.Combine(Repository, "docs", "examples");

    [Theory]
    [MemberData(nameof(Examples))]
    public void The_page_shows_the_program_as_it_is(string name)
    {
        string page = File.ReadAllText(Path.Combine(Repository, "docs", "deploy.md"));

        Assert.Contains(File.ReadAllText(Path.Combine(ExamplesFolder, name)), page, StringComparison.Ordinal);
    }

    [Fact]
    public void In_CSharp() =>
        AssertPyTorchs(Smooth.RatesHz(exported.Model, exported.Input.Values, exported.Input.Bins).Select(rate => (double)rate));

    [SkippableFact]
    public void In_Cpp()
    {
        string? compiler = OtherProgram.Find("g++", "c++");
        Skip.If(compiler is null, "no C++ compiler is installed (apt-get install g++)");
        string package = Path.Combine(Repository, "node_modules", "com.github.asus4.onnxruntime", "Plugins"), library = Path.Combine(package, "Linux", "x64", "libonnxruntime.so");
        Skip.IfNot(OperatingSystem.IsLinux() && File.Exists(library), "the package's library for Linux is not installed");
        string? headers = Directory.EnumerateFiles(package, "onnxruntime_cxx_api.h", SearchOption.AllDirectories).Order(StringComparer.Ordinal).FirstOrDefault();
        Skip.If(headers is null, "the package has no C++ headers");
        string program = exported.File("smooth");
        foreach (string name in new[] { "libonnxruntime.so", "libonnxruntime.so.1" }) // The linker asks for the first, the loader for the second.
        {
            File.CreateSymbolicLink(exported.File(name), library);
        }

        (bool isSuccess, string output) = OtherProgram.Run(
            compiler!, "-std=c++17", "-Wall", "-Wextra", "-Werror", Path.Combine(ExamplesFolder, "smooth.cpp"), "-isystem", Path.GetDirectoryName(headers)!,
            "-L", exported.Folder, "-lonnxruntime", "-Wl,-rpath," + exported.Folder, "-o", program);
        Assert.True(isSuccess, output);

        AssertPyTorchs(RatesOf(program, exported.Model, exported.Counts));
    }

    [SkippableFact]
    public void In_Python()
    {
        string? python = new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(name => OtherProgram.Run(name, "-c", "import numpy, onnxruntime").IsSuccess);
        Skip.If(python is null, "no Python with numpy and onnxruntime is installed (pip install numpy onnxruntime)");

        AssertPyTorchs(RatesOf(python!, Path.Combine(ExamplesFolder, "smooth.py"), exported.Model, exported.Counts));
    }

    [SkippableFact]
    public void In_Node()
    {
        Skip.IfNot(
            OtherProgram.Find("node") is not null && Directory.Exists(Path.Combine(Repository, "node_modules", "onnxruntime-node")),
            "node or its package onnxruntime-node is not installed (npm ci)");

        AssertPyTorchs(RatesOf("node", Path.Combine(ExamplesFolder, "smooth.cjs"), exported.Model, exported.Counts, BinWidthMs.ToString(CultureInfo.InvariantCulture)));
    }

    [SkippableFact]
    public void In_a_web_page()
    {
        string browser = WebRuntime.Require();

        (bool isSuccess, string output) = OtherProgram.Run(
            "node", Path.Combine(Repository, "tests", "Export", "run_in_browser.mjs"), browser, "page_smooth.mjs", exported.Folder);

        Assert.True(isSuccess, output);
        AssertPyTorchs(Numbers(File.ReadAllText(exported.File("rates.csv"))));
    }

    private static IEnumerable<double> RatesOf(string program, params string[] arguments)
    {
        (bool isSuccess, string output) = OtherProgram.Run(program, arguments);
        Assert.True(isSuccess, output);
        return Numbers(output);
    }

    private static IEnumerable<double> Numbers(string table) =>
        table.Split(['\n', ','], StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture));

    private void AssertPyTorchs(IEnumerable<double> ratesHz)
    {
        float[] logRates = [.. ratesHz.Select(rate => (float)Math.Log(rate * BinWidthMs / 1000))];

        Assert.True(ExportFixtures.Distance(exported.LogRates, logRates) <= Tolerance);
    }

    private static string FolderAbove([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", ".."));
}

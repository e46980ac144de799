using UnetSpikes.Tests.Support;
using Xunit;

namespace UnetSpikes.Tests.Export;

/// <summary>What running a model in a browser takes: a browser, Node to serve it files, and the package onnxruntime-web.</summary>
internal static class WebRuntime
{
    /// <summary>The browser; the test skips where one of the three is missing.</summary>
    public static string Require()
    {
        string browser = OtherProgram.Browser();
        Skip.If(OtherProgram.Find("node") is null, "node is not installed");
        Skip.IfNot(
            File.Exists(Path.Combine(DeployPageTests.Repository, "node_modules", "onnxruntime-web", "dist", "ort.wasm.min.mjs")),
            "the package onnxruntime-web is not installed (npm ci)");
        return browser;
    }
}

using System.Globalization;
using System.Net;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using UnetSpikes.Cli;

namespace UnetSpikes.Report;

/// <summary>The page: its skeleton, style and scripts are the files of <c>Page/</c>, embedded; only the data differ.</summary>
/// <remarks>
/// Data reach the page as JSON in an element that is never run, with every character escaped that could end it, and the scripts
/// write them with textContent only: no text of a file is ever read as HTML. The content security policy names the two scripts
/// by their hash and allows no connection at all.
/// </remarks>
public static class ReportPage
{
    /// <summary>The page's own scripts in order: each file uses those before it.</summary>
    private static readonly string[] Scripts = ["packed.js", "elements.js", "plots.js", "curves.js", "trials.js", "latents.js", "levels.js", "page.js"];

    /// <summary>Makes the page.</summary>
    /// <param name="title">Its title.</param>
    /// <param name="content">Everything it shows.</param>
    public static string Make(string title, ReportContent content)
    {
        string plotly = Resource("plotly.js");
        string script = "(() => {\n\"use strict\";\n" + string.Concat(Scripts.Select(Resource)) + "})();\n";
        string policy = $"default-src 'none'; script-src '{Hash(plotly)}' '{Hash(script)}'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:; base-uri 'none'; form-action 'none'";
        var parts = new Dictionary<string, string>
        {
            ["title"] = WebUtility.HtmlEncode(title),
            ["policy"] = policy,
            ["style"] = Resource("page.css"),
            ["plotly"] = plotly,
            ["data"] = JsonLine.ForWebPage(content),
            ["script"] = script,
        };
        return Fill(Resource("page.html"), parts);
    }

    /// <summary>Puts each part where the skeleton says <c>{{name}}</c>, in one pass: what a part contains is left alone.</summary>
    private static string Fill(string skeleton, Dictionary<string, string> parts)
    {
        var page = new StringBuilder(skeleton.Length + parts.Values.Sum(part => part.Length));
        int at = 0;
        for (int open = skeleton.IndexOf("{{", StringComparison.Ordinal); open >= 0; open = skeleton.IndexOf("{{", at, StringComparison.Ordinal))
        {
            int close = skeleton.IndexOf("}}", open, StringComparison.Ordinal);
            page.Append(skeleton, at, open - at).Append(parts[skeleton[(open + 2)..close]]);
            at = close + 2;
        }

        return page.Append(skeleton, at, skeleton.Length - at).ToString();
    }

    private static string Hash(string script) => "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(script)));

    private static string Resource(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)
            ?? throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"{name} is not embedded"));
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n"); // As browsers read it, so that the hash is of the same text.
    }
}

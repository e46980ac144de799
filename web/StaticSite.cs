using System.Reflection;

namespace UnetSpikes.Web;

/// <summary>The page's files, as they lie in this assembly: a fixed list, by address.</summary>
public sealed class StaticSite
{
    private const string Prefix = "site/";
    private const string Front = "index.html";

    private static readonly Dictionary<string, string> ContentTypes = new(StringComparer.Ordinal)
    {
        [".html"] = "text/html; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".mjs"] = "text/javascript; charset=utf-8",
        [".svg"] = "image/svg+xml",
        [".txt"] = "text/plain; charset=utf-8",
        [".wasm"] = "application/wasm",
        [".h5"] = "application/x-hdf5",
        [".onnx"] = "application/octet-stream",
    };

    private static readonly Assembly Home = typeof(StaticSite).Assembly;

    // Built on Windows, the names have its separators.
    private readonly Dictionary<string, string> _resources = Home.GetManifestResourceNames()
        .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
        .ToDictionary(name => name[Prefix.Length..].Replace('\\', '/'), StringComparer.Ordinal);

    /// <summary>Every file, relative to the page, with slashes.</summary>
    public IReadOnlyCollection<string> Paths => _resources.Keys;

    /// <summary>The MIME type of a file of the site.</summary>
    /// <param name="path">One of <see cref="Paths"/>.</param>
    public static string ContentType(string path) => ContentTypes[Path.GetExtension(path)];

    /// <summary>The file behind an address.</summary>
    /// <param name="address">The path of a request, unescaped, such as <c>/</c> or <c>/view/curves.js</c>.</param>
    /// <returns>One of <see cref="Paths"/>; null where there is none. Nothing else of the machine has a name here.</returns>
    public string? Find(string address)
    {
        string path = address is "/" ? Front : address.TrimStart('/');
        return _resources.ContainsKey(path) ? path : null;
    }

    /// <summary>Opens a file.</summary>
    /// <param name="path">One of <see cref="Paths"/>.</param>
    public Stream Open(string path) => Home.GetManifestResourceStream(_resources[path])!;

    /// <summary>The content security policy that the page itself states.</summary>
    public string ContentSecurityPolicy()
    {
        const string Before = "http-equiv=\"Content-Security-Policy\" content=\"";
        using var reader = new StreamReader(Open(Front));
        string page = reader.ReadToEnd();
        int start = page.IndexOf(Before, StringComparison.Ordinal) + Before.Length;
        return page[start..page.IndexOf('"', start)];
    }

    /// <summary>Writes all files, for any static host.</summary>
    /// <param name="folder">Made where it is missing; files of these names are replaced, others left alone.</param>
    /// <exception cref="IOException">The disk refuses.</exception>
    public void WriteTo(string folder)
    {
        foreach (string path in Paths)
        {
            string target = Path.Combine(folder, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            using Stream from = Open(path);
            using FileStream to = File.Create(target);
            from.CopyTo(to);
        }
    }
}

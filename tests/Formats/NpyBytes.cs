using System.Text;

namespace UnetSpikes.Tests.Formats;

/// <summary>A .npy file byte by byte (NEP 1), for files that numpy would not write.</summary>
internal static class NpyBytes
{
    public static byte[] Of(string descr, string shape, byte[] elements) =>
        WithHeader($"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n", elements);

    public static byte[] WithHeader(string header, byte[] elements, byte version = 1) =>
    [
        0x93, .. "NUMPY"u8, version, 0, (byte)header.Length, (byte)(header.Length >> 8), .. version == 1 ? [] : new byte[2], .. Encoding.ASCII.GetBytes(header), .. elements,
    ];
}

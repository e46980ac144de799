namespace UnetSpikes.Runtime.Native;

/// <summary>While it lives, this thread treats denormal numbers as zero (SSE's FTZ and DAZ bits); then it is as it was.</summary>
/// <remarks>
/// ONNX Runtime's <c>session.set_denormal_as_zero</c> covers its own pool threads, but of the callers only the thread that made the very
/// first session of the process, for ever, and threads started from it later (measured: 1e-20 · 1e-20 in C# gives 0 there too, and a
/// thread that was already running gets 1e-40 from the model). So the calling thread, which does a share of every step (all of it with one
/// thread), would be slow or not and would round or not depending on who called. Around each call the mode is set and put back:
/// results do not depend on the thread, and the caller's own arithmetic is left alone. On x86-64 with glibc; elsewhere ONNX Runtime's
/// rule stands.
/// </remarks>
internal readonly unsafe ref struct DenormalsFlushed
{
    private const int ControlWord = Glibc.FenvWords - 1;
    private const uint FlushToZero = 0x8000;
    private const uint DenormalsAreZero = 0x0040;

    private readonly uint _before;
    private readonly bool _restore;

    /// <summary>Sets or clears the mode.</summary>
    /// <param name="flush">True to treat denormals as zero.</param>
    public DenormalsFlushed(bool flush)
    {
        if (Glibc.HasX64Environment)
        {
            uint* environment = stackalloc uint[Glibc.FenvWords];
            _ = Glibc.GetEnvironment(environment);
            _before = environment[ControlWord];
            environment[ControlWord] = flush ? _before | FlushToZero | DenormalsAreZero : _before & ~(FlushToZero | DenormalsAreZero);
            _ = Glibc.SetEnvironment(environment);
            _restore = true;
        }
    }

    /// <summary>Puts the thread's mode back.</summary>
    public void Dispose()
    {
        if (_restore)
        {
            uint* environment = stackalloc uint[Glibc.FenvWords];
            _ = Glibc.GetEnvironment(environment);
            environment[ControlWord] = _before;
            _ = Glibc.SetEnvironment(environment);
        }
    }
}

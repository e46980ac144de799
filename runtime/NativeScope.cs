using System.Collections.Concurrent;

namespace UnetSpikes.Runtime;

/// <summary>Native objects that depend on each other, disposed in the reverse of the order in which they were made, and never otherwise.</summary>
/// <remarks>
/// Each object of the C# binding has a finalizer of its own, and the collector runs finalizers in any order: an abandoned session would free
/// an allocator before the tensors allocated with it, and the process would die ("pure virtual method called"). So what a scope holds
/// stays reachable from here until the scope is disposed, by its owner or by the owner's finalizer, in order. A scope must not hold
/// anything that refers to its owner, or the owner is never collected.
/// </remarks>
internal sealed class NativeScope : IDisposable
{
    private static readonly ConcurrentDictionary<NativeScope, bool> Reachable = new();

    private readonly List<IDisposable> _owned = [];
    private readonly NativeScope? _parent;

    /// <param name="parent">Disposes this before everything it made earlier; null = this scope stands alone.</param>
    public NativeScope(NativeScope? parent = null)
    {
        _parent = parent;
        if (parent is null)
        {
            Reachable[this] = true;
        }
        else
        {
            parent._owned.Add(this);
        }
    }

    /// <summary>Nothing in it may be used any more.</summary>
    public bool IsDisposed { get; private set; }

    /// <summary>Takes over a native object just made.</summary>
    public T Own<T>(T made)
        where T : IDisposable
    {
        _owned.Add(made);
        return made;
    }

    /// <summary>Disposes what is held, last made first. A second call does nothing.</summary>
    public void Dispose()
    {
        if (IsDisposed)
        {
            return;
        }

        IsDisposed = true;
        for (int i = _owned.Count - 1; i >= 0; i--)
        {
            _owned[i].Dispose();
        }

        _owned.Clear();
        _ = Reachable.TryRemove(this, out _);
        if (_parent is { IsDisposed: false })
        {
            _parent._owned.Remove(this);
        }
    }
}

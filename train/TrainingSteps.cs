namespace UnetSpikes.Train;

/// <summary>The training step for batches of any size: a session for each size, and the state goes along when the size changes.</summary>
/// <param name="make">Makes the step for a size, from a state.</param>
/// <param name="first">The step to begin with.</param>
public sealed class TrainingSteps(Func<int, NetworkState, TrainingStep> make, TrainingStep first) : IDisposable
{
    private readonly Dictionary<int, TrainingStep> _bySize = new() { [first.Batch] = first };

    /// <summary>The step that has the state.</summary>
    public TrainingStep Current { get; private set; } = first;

    /// <summary>The step for a size, with the state.</summary>
    /// <param name="batch">Trials per step.</param>
    public TrainingStep For(int batch)
    {
        if (batch == Current.Batch)
        {
            return Current;
        }

        NetworkState state = Current.ReadState();
        if (_bySize.TryGetValue(batch, out TrainingStep? step))
        {
            step.WriteState(state);
        }
        else
        {
            // A graph is of one batch size; what a session costs (a second, some memory) is paid once for each size.
            _bySize.Add(batch, step = make(batch, state));
        }

        return Current = step;
    }

    /// <summary>Frees the sessions.</summary>
    public void Dispose()
    {
        foreach (TrainingStep step in _bySize.Values)
        {
            step.Dispose();
        }
    }
}

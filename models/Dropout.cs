namespace UnetSpikes.Models;

/// <summary>A place where training hides activations at random; evaluation and exports have nothing there.</summary>
/// <param name="Name">What its mask is called.</param>
/// <param name="Ratio">Probability of being hidden, above 0 and below 1. What stays is multiplied by 1/(1 − ratio).</param>
public sealed record Dropout(string Name, double Ratio)
{
    /// <summary>The mask's input in the training graph.</summary>
    public string MaskName => "dropout." + Name;

    /// <summary>A place, or none where nothing would be hidden.</summary>
    /// <param name="name">What its mask is called.</param>
    /// <param name="ratio">Probability of being hidden.</param>
    public static Dropout? Of(string name, double ratio) => ratio > 0 ? new Dropout(name, ratio) : null;
}

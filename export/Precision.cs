using UnetSpikes.Core;

namespace UnetSpikes.Export;

/// <summary>What an exported model's weights are stored in, and what it computes in. Inputs and outputs are float32 always.</summary>
public enum Precision
{
    /// <summary>float32 throughout: equal to the checkpoint up to rounding.</summary>
    Fp32,

    /// <summary>Products and convolutions in float16, for hardware that has it; half the size.</summary>
    Fp16,

    /// <summary>Weights in int8 with a scale per output channel, computed with in float32; a quarter of the weights' size.</summary>
    Int8,
}

/// <summary>How far an exported model may be from its checkpoint.</summary>
/// <param name="Precision">What it was exported in.</param>
/// <param name="Atol">Largest difference of log-rates (of rates, for the identity link), absolute.</param>
/// <param name="MaxLoss">Largest loss of R² of rates, and of bits per spike.</param>
public sealed record Tolerance(Precision Precision, double Atol, double MaxLoss)
{
    /// <summary>
    /// The largest loss unless another is given: R² of trainings that differ in nothing but their seed lies 0.001 apart on the shipped
    /// benchmarks (README), so that a model within twice that is as good as its neighbours.
    /// </summary>
    public const double UsualLoss = 0.002;

    /// <summary>The tolerance of a precision, in what was not said.</summary>
    /// <param name="precision">The precision.</param>
    /// <param name="atol">On log-rates; null = the precision's own.</param>
    /// <param name="maxLoss">On scores; null = <see cref="UsualLoss"/>.</param>
    /// <remarks>
    /// float32: rounding of some 20 layers. float16: 2⁻¹¹ of every activation, in a log-rate of 1 to 5. int8: 1/254 of a channel's largest weight, in
    /// every weight. The last two are what a rate may be off by anywhere, in any bin; the loss says what it comes to.
    /// </remarks>
    public static Tolerance Of(Precision precision, double? atol = null, double? maxLoss = null) => new(
        precision,
        atol ?? precision switch
        {
            Precision.Fp32 => 1e-5,
            Precision.Fp16 => 0.05,
            _ => 0.25,
        },
        maxLoss ?? UsualLoss);

    /// <summary>Checks what a user gave.</summary>
    /// <exception cref="UsageException">A number is not above 0.</exception>
    public Tolerance Checked()
    {
        Require("--atol", Atol);
        Require("--max-loss", MaxLoss);
        return this;

        static void Require(string option, double value)
        {
            if (!(value > 0))
            {
                throw new UsageException(option, $"is {value}, expected a number above 0");
            }
        }
    }
}

namespace UnetSpikes.Recordings;

/// <summary>A stretch of time.</summary>
/// <param name="Start">In seconds, included.</param>
/// <param name="Stop">In seconds, not included.</param>
public readonly record struct Interval(double Start, double Stop);

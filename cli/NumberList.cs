using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;

namespace UnetSpikes.Cli;

/// <summary>Reads an option's numbers, separated by commas.</summary>
public static class NumberList
{
    /// <summary>An option's custom parser: all numbers, or one error that names the option and what is none.</summary>
    /// <typeparam name="T">Of the numbers.</typeparam>
    /// <param name="result">The option's arguments; receives the error.</param>
    /// <param name="option">Its name.</param>
    /// <param name="style">What a number may look like.</param>
    /// <param name="noun">What each is, such as "number".</param>
    /// <param name="example">A list that would be right.</param>
    /// <returns>Null after an error.</returns>
    public static T[]? Parse<T>(ArgumentResult result, string option, NumberStyles style, string noun, string example)
        where T : INumberBase<T>
    {
        var values = new List<T>();
        foreach (string item in result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.TrimEntries)))
        {
            if (!T.TryParse(item, style, CultureInfo.InvariantCulture, out T? value))
            {
                result.AddError($"{option}: '{item}' is no {noun}, expected a list such as {example}");
                return null;
            }

            values.Add(value);
        }

        return [.. values];
    }
}

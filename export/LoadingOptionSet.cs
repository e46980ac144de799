using System.CommandLine;
using UnetSpikes.Models;
using UnetSpikes.Models.Import;

namespace UnetSpikes.Export;

/// <summary>The options of the command line that say what a checkpoint leaves open.</summary>
internal sealed class LoadingOptionSet
{
    private static readonly Dictionary<string, LinkFunction> Links = new()
    {
        ["exp"] = LinkFunction.Exp,
        ["log1p_exp"] = LinkFunction.Log1pExp,
        ["softplus"] = LinkFunction.Softplus,
        ["identity"] = LinkFunction.Identity,
    };

    private readonly Option<string?> _architecture = new("--arch")
    {
        Description = "The network of another program's weights where they do not tell it: unet, resunet, ndt or cnn, and options, such as ndt:num_heads=2,context_forward=4.",
        HelpName = "NAME[:KEY=VALUE,…]",
    };

    private readonly Option<string?> _link = new("--link")
    {
        Description = "What makes such a network's last layer into rates. Default: as its hyper-parameters say, else exp.",
        HelpName = string.Join('|', Links.Keys),
    };

    private readonly Option<string?> _weights = new("--weights")
    {
        Description = "Where a checkpoint has both: the newest weights, or their average of that kind. Default: those the file is for.",
        HelpName = string.Join('|', WeightsChoice.Names),
    };

    public LoadingOptionSet()
    {
        _link.AcceptOnlyFromAmong([.. Links.Keys]);
        _weights.AcceptOnlyFromAmong([.. WeightsChoice.Names]);
    }

    public void AddTo(Command command)
    {
        command.Add(_architecture);
        command.Add(_link);
        command.Add(_weights);
    }

    public LoadingOptions Of(ParseResult parsed) => new()
    {
        Architecture = parsed.GetValue(_architecture) is { } text ? ArchitectureChoice.Parse(text) : null,
        Link = parsed.GetValue(_link) is { } link ? Links[link] : null,
        Weights = parsed.GetValue(_weights) is { } weights ? new WeightsChoice(weights) : null,
    };
}

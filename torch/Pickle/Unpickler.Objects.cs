namespace UnetSpikes.Torch.Pickle;

/// <content>Names, calls and objects: what makes a pickle dangerous, and what is done in its place.</content>
internal sealed partial class Unpickler
{
    private const string Remedy = "expected tensors and plain values; save them alone: torch.save(model.state_dict(), FILE)";

    private void StackName()
    {
        object? name = Pop(), module = Pop();
        Name(module as string ?? throw _in.Bad("looks up a name that is no text"), name as string ?? throw _in.Bad("looks up a name that is no text"));
    }

    private void Name(string module, string name)
    {
        var full = new PickleName($"{module}.{name}");

        // "torch.optim" with "x.y" would reach through one module into another.
        Push(!name.Contains('.', StringComparison.Ordinal) && KnownNames.IsKnown(full)
            ? full
            : throw _in.Bad($"names {Printable.Text(full.Text)}, which is not looked up or run here; {Remedy}"));
    }

    /// <summary>A persistent id: <c>('storage', class, key, location, elements)</c>. Where the storage lay when it was saved does not matter.</summary>
    private TorchStorage Storage(object? id) =>
        id is PickleSequence { Items: ["storage", PickleName name, string key, _, long count, ..] } && KnownNames.StorageType(name) is { } type && count >= 0
            ? new TorchStorage(type, key, count)
            : throw _in.Bad("refers to something outside that is not a storage of numbers");

    /// <summary>A call: of PyTorch's, to describe a tensor; or kept as what was to be called with what.</summary>
    private void Reduce()
    {
        var arguments = Pop() as PickleSequence;
        object? callee = Pop();
        Push((callee, arguments) switch
        {
            (PickleName { Text: KnownNames.OrderedDict }, not null) => OrderedDictionary(arguments),
            (PickleName name, not null) when TensorRebuilding.Functions.ContainsKey(name.Text) => Tensor(name, arguments),
            (PickleName name, not null) when KnownNames.IsInert(name) => Object(name, arguments),
            _ => throw _in.Bad($"calls {Describe(callee)}, which is none of PyTorch's functions that rebuild a tensor; {Remedy}"),
        });
    }

    private void NewObject()
    {
        var arguments = Pop() as PickleSequence;
        object? type = Pop();
        Push((type, arguments) switch
        {
            (PickleName { Text: KnownNames.OrderedDict }, not null) => OrderedDictionary(arguments),
            (PickleName name, not null) when KnownNames.IsInert(name) => Object(name, arguments),
            _ => throw _in.Bad($"makes an object of {Describe(type)}; {Remedy}"),
        });
    }

    /// <summary>Attributes of what was made last. Those of a dictionary (a state_dict's versions) say nothing about its tensors.</summary>
    private void Build()
    {
        object? state = Pop();
        switch (Top())
        {
            case PickleObject target:
                target.SetState(state);
                Believable(target);
                break;
            case PickleDictionary:
                break;
            default:
                throw _in.Bad($"sets attributes of {Describe(Top())}, expected a dictionary or an object");
        }
    }

    private void Append(ReadOnlySpan<object?> items)
    {
        switch (Top())
        {
            case PickleSequence sequence:
                sequence.Add(items);
                Believable(sequence);
                break;
            case PickleObject target:
                target.Hold(new PickleSequence(items));
                Believable(target);
                break;
            default:
                throw _in.Bad($"appends to {Describe(Top())}, expected a list");
        }
    }

    /// <summary>Keys and values in turn.</summary>
    private void Set(IReadOnlyList<object?> items)
    {
        if (items.Count % 2 != 0)
        {
            throw _in.Bad("sets a key without a value");
        }

        Action<object?, object?> set = Top() switch
        {
            PickleDictionary dictionary => dictionary.Set,
            PickleObject made => made.Set,
            _ => throw _in.Bad($"sets an item of {Describe(Top())}, expected a dictionary"),
        };
        for (int i = 0; i < items.Count; i += 2)
        {
            set(items[i], items[i + 1]);
        }

        Believable((PickleContainer)Top()!);
    }

    /// <summary>Made of nothing, or of pairs, as Python 2 wrote it.</summary>
    private PickleDictionary OrderedDictionary(PickleSequence arguments)
    {
        var dictionary = new PickleDictionary();
        foreach (object? pair in arguments.Items is [PickleSequence pairs] ? pairs.Items : [])
        {
            dictionary.Set(
                pair is PickleSequence { Items: [object key, _] } ? key : throw _in.Bad("makes a dictionary of something other than pairs"),
                ((PickleSequence)pair).Items[1]);
        }

        return Believable(dictionary);
    }

    private PickleObject Object(PickleName name, PickleSequence arguments)
    {
        var made = new PickleObject(name.Text);
        made.Hold(arguments);
        return Believable(made);
    }

    private TorchTensor Tensor(PickleName name, PickleSequence arguments)
    {
        if (++_tensors > PickleLimits.Tensors)
        {
            throw _in.Bad($"describes more than {PickleLimits.Tensors} tensors");
        }

        try
        {
            return TensorRebuilding.Functions[name.Text](arguments.Items);
        }
        catch (FormatException e)
        {
            throw _in.Bad($"{e.Message} ({name.Text})", e);
        }
    }

    private static string Describe(object? value) => value switch
    {
        null => "None",
        PickleName name => name.Text,
        PickleObject made => "an object of " + made.Class,
        PickleDictionary => "a dictionary",
        PickleSequence => "a list",
        TorchTensor or TorchStorage => "a tensor",
        _ => "a plain value",
    };
}

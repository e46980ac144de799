using System.Globalization;
using UnetSpikes.Core;

namespace UnetSpikes.Torch.Pickle;

/// <summary>Reads a pickle as data: a stack machine of which only the instructions that build values are there.</summary>
/// <remarks>
/// Python's pickletools.py describes the instructions; their names are in the comments. A pickle is a program: GLOBAL looks a name up,
/// REDUCE calls it, and a hostile file calls os.system. Here a name stays a name (<see cref="KnownNames"/>), and a call is one of PyTorch's
/// few ways to describe a tensor (<see cref="TensorRebuilding"/>) or a note of what an object was to be made of. Protocols 2 to 5 without
/// the text instructions of protocol 0, extension codes and out-of-band buffers, which torch.save does not write.
/// </remarks>
internal sealed partial class Unpickler
{
    private readonly PickleReader _in;
    private readonly List<object?> _stack = [];
    private readonly List<int> _marks = [];
    private readonly Dictionary<uint, object?> _memo = [];
    private int _tensors;

    private Unpickler(PickleReader reader) => _in = reader;

    /// <summary>Reads the value that a pickle describes.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="bytes">The pickle.</param>
    /// <exception cref="CheckpointException">It is damaged, asks for too much, or names what no checkpoint of tensors needs.</exception>
    public static object? Read(string path, byte[] bytes)
    {
        if (bytes.Length > PickleLimits.Bytes)
        {
            throw new CheckpointException(path, "data.pkl", $"has {bytes.Length} bytes, expected at most {PickleLimits.Bytes}");
        }

        var unpickler = new Unpickler(new PickleReader(path, bytes));
        while (unpickler.Step())
        {
        }

        return unpickler.Pop();
    }

    /// <summary>Follows one instruction; false at the end.</summary>
    private bool Step()
    {
        byte code = _in.Instruction();
        switch (code)
        {
            case (byte)'.': return false;                                                           // STOP
            case 0x80: Protocol(_in.Byte()); break;                                                 // PROTO
            case 0x95: _in.UInt64(); break;                                                         // FRAME: only a hint for buffering
            case (byte)'(': _marks.Add(_stack.Count); break;                                        // MARK
            case (byte)'0': Pop(); break;                                                           // POP
            case (byte)'1': PopToMark(); break;                                                     // POP_MARK
            case (byte)'2': Push(Top()); break;                                                     // DUP
            case (byte)'q': Remember(_in.Byte()); break;                                            // BINPUT
            case (byte)'r': Remember(_in.UInt32()); break;                                          // LONG_BINPUT
            case 0x94: Remember((uint)_memo.Count); break;                                          // MEMOIZE
            case (byte)'h': Recall(_in.Byte()); break;                                              // BINGET
            case (byte)'j': Recall(_in.UInt32()); break;                                            // LONG_BINGET
            case (byte)'c': Name(_in.Line(), _in.Line()); break;                                    // GLOBAL
            case 0x93: StackName(); break;                                                          // STACK_GLOBAL
            case (byte)'Q': Push(Storage(Pop())); break;                                            // BINPERSID
            case (byte)'R': Reduce(); break;                                                        // REDUCE
            case 0x81: NewObject(); break;                                                          // NEWOBJ
            case (byte)'b': Build(); break;                                                         // BUILD
            default:
                if (!Constant(code) && !Container(code))
                {
                    throw _in.Bad(string.Create(CultureInfo.InvariantCulture, $"has the instruction 0x{code:x2}, which builds no tensor and no plain value"));
                }

                break;
        }

        return true;
    }

    /// <summary>Instructions that bring a value of their own.</summary>
    private bool Constant(byte code)
    {
        switch (code)
        {
            case (byte)'N': Push(null); break;                                                      // NONE
            case 0x88: Push(true); break;                                                           // NEWTRUE
            case 0x89: Push(false); break;                                                          // NEWFALSE
            case (byte)'J': Push((long)_in.Int32()); break;                                         // BININT
            case (byte)'K': Push((long)_in.Byte()); break;                                          // BININT1
            case (byte)'M': Push((long)_in.UInt16()); break;                                        // BININT2
            case 0x8a: Push(_in.Integer(_in.Byte())); break;                                        // LONG1
            case 0x8b: Push(_in.Integer(_in.UInt32())); break;                                      // LONG4
            case (byte)'G': Push(_in.Double()); break;                                              // BINFLOAT
            case (byte)'U': Push(_in.Text(_in.Byte())); break;                                      // SHORT_BINSTRING: Python 2's text
            case (byte)'T': Push(_in.Text(_in.UInt32())); break;                                    // BINSTRING
            case 0x8c: Push(_in.Text(_in.Byte())); break;                                           // SHORT_BINUNICODE
            case (byte)'X': Push(_in.Text(_in.UInt32())); break;                                    // BINUNICODE
            case 0x8d: Push(_in.Text(_in.UInt64())); break;                                         // BINUNICODE8
            case (byte)'C': Push(_in.Binary(_in.Byte())); break;                                    // SHORT_BINBYTES
            case (byte)'B': Push(_in.Binary(_in.UInt32())); break;                                  // BINBYTES
            case 0x8e: Push(_in.Binary(_in.UInt64())); break;                                       // BINBYTES8
            case 0x96: Push(_in.Binary(_in.UInt64())); break;                                       // BYTEARRAY8
            default: return false;
        }

        return true;
    }

    /// <summary>Instructions that put values together.</summary>
    private bool Container(byte code)
    {
        switch (code)
        {
            case (byte)')': Push(new PickleSequence([])); break;                                    // EMPTY_TUPLE
            case (byte)']': Push(new PickleSequence([])); break;                                    // EMPTY_LIST
            case 0x8f: Push(new PickleSequence([])); break;                                         // EMPTY_SET
            case (byte)'}': Push(new PickleDictionary()); break;                                    // EMPTY_DICT
            case 0x85: Sequence(_stack.Count - 1); break;                                           // TUPLE1
            case 0x86: Sequence(_stack.Count - 2); break;                                           // TUPLE2
            case 0x87: Sequence(_stack.Count - 3); break;                                           // TUPLE3
            case (byte)'t' or (byte)'l' or 0x91: Push(Believable(new PickleSequence(PopToMark()))); break; // TUPLE, LIST, FROZENSET
            case (byte)'a': Append([Pop()]); break;                                                 // APPEND
            case (byte)'e' or 0x90: Append(PopToMark()); break;                                     // APPENDS, ADDITEMS
            case (byte)'s': Sequence(_stack.Count - 2); Set(((PickleSequence)Pop()!).Items); break; // SETITEM
            case (byte)'u': Set(PopToMark()); break;                                                // SETITEMS
            default: return false;
        }

        return true;
    }

    private void Protocol(byte version)
    {
        if (version is < 2 or > 5)
        {
            throw _in.Bad($"says protocol {version}, expected 2 to 5");
        }
    }

    private void Push(object? value)
    {
        if (_stack.Count >= PickleLimits.Stack)
        {
            throw _in.Bad($"puts more than {PickleLimits.Stack} values aside");
        }

        _stack.Add(value);
    }

    private object? Top() => _stack.Count > Floor ? _stack[^1] : throw _in.Bad("takes a value where there is none");

    private object? Pop()
    {
        object? value = Top();
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    /// <summary>Values below the last mark are out of reach until the mark is taken.</summary>
    private int Floor => _marks.Count > 0 ? _marks[^1] : 0;

    private object?[] PopToMark()
    {
        if (_marks.Count == 0)
        {
            throw _in.Bad("takes values up to a mark where there is none");
        }

        object?[] values = [.. _stack[_marks[^1]..]];
        _stack.RemoveRange(_marks[^1], values.Length);
        _marks.RemoveAt(_marks.Count - 1);
        return values;
    }

    private void Remember(uint number)
    {
        _memo[number] = Top();
        if (_memo.Count > PickleLimits.Memo)
        {
            throw _in.Bad($"remembers more than {PickleLimits.Memo} values");
        }
    }

    private void Recall(uint number) => Push(_memo.TryGetValue(number, out object? value) ? value : throw _in.Bad($"recalls value {number}, which was never remembered"));

    /// <summary>The values from a place of the stack on as one.</summary>
    private void Sequence(int from)
    {
        if (from < Floor)
        {
            throw _in.Bad("takes a value where there is none");
        }

        var sequence = new PickleSequence([.. _stack[from..]]);
        _stack.RemoveRange(from, _stack.Count - from);
        Push(Believable(sequence));
    }

    private T Believable<T>(T container)
        where T : PickleContainer => container switch
        {
            { Size: > PickleLimits.Size } => throw _in.Bad($"names values over and over until they are more than {PickleLimits.Size}"),
            { Depth: > PickleLimits.Nesting } => throw _in.Bad($"nests values more than {PickleLimits.Nesting} deep"),
            _ => container,
        };
}

using HotPath.Engine.Names;

namespace HotPath.Sink.Rows;

/// <summary>Sets of flags as text, <c>Fst,Lst</c>, each set that occurs once. Belongs to the sink's thread.</summary>
internal sealed class FlagWords(NameDirectory flags) : IWordDictionary
{
    private readonly int[] _codes = new int[1 << 16];
    private byte[] _data = new byte[256];
    private int[] _offsets = new int[17];
    private int _count;

    public ReadOnlyMemory<byte> Data => _data.AsMemory(0, _offsets[_count]);

    public ReadOnlyMemory<int> Offsets => _offsets.AsMemory(0, _count + 1);

    /// <summary>The code of a set that is not empty.</summary>
    public int CodeOf(ushort set)
    {
        ref var codePlusOne = ref _codes[set];
        if (codePlusOne == 0)
        {
            codePlusOne = Add(set) + 1;
        }

        return codePlusOne - 1;
    }

    /// <summary>The text of a set that is not empty.</summary>
    public ReadOnlySpan<byte> Utf8(ushort set)
    {
        var code = CodeOf(set);
        return _data.AsSpan(_offsets[code].._offsets[code + 1]);
    }

    private int Add(ushort set)
    {
        var at = _offsets[_count];
        for (var bit = 0; bit < 16; bit++)
        {
            if ((set >> bit & 1) == 0)
            {
                continue;
            }

            var name = flags.Utf8(bit);
            if (at + name.Length + 1 > _data.Length)
            {
                Array.Resize(ref _data, (_data.Length + name.Length) * 2);
            }

            if (at > _offsets[_count])
            {
                _data[at++] = (byte)',';
            }

            name.CopyTo(_data.AsSpan(at));
            at += name.Length;
        }

        if (_count + 1 == _offsets.Length)
        {
            Array.Resize(ref _offsets, _offsets.Length * 2);
        }

        _offsets[++_count] = at;
        return _count - 1;
    }
}

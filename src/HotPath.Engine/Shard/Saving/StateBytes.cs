using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace HotPath.Engine.Shard.Saving;

/// <summary>Writes little-endian fields one behind the other into memory that is large enough. One thread.</summary>
internal unsafe ref struct StateBytes(byte* at)
{
    private readonly byte* _begin = at;
    private byte* _at = at;

    public readonly int LengthBytes => (int)(_at - _begin);

    // Safe because the caller reserved what all fields of the record take. Worth it: SnapshotPause, a machine is 5 KB.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(long value)
    {
        Unsafe.WriteUnaligned(_at, BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value));
        _at += sizeof(long);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(int value)
    {
        Unsafe.WriteUnaligned(_at, BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value));
        _at += sizeof(int);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(double value) => Put(BitConverter.DoubleToInt64Bits(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(byte first, byte second, byte third, byte fourth) =>
        Put(first | (second << 8) | (third << 16) | (fourth << 24));
}

/// <summary>Reads what <see cref="StateBytes"/> wrote, and believes nothing: what is too short is a fault. Cold; one thread.</summary>
internal ref struct StateReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool IsAtEnd => _rest.IsEmpty;

    public long Long()
    {
        var value = BinaryPrimitives.ReadInt64LittleEndian(Cut(sizeof(long)));
        return value;
    }

    public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Cut(sizeof(int)));

    public double Double() => BitConverter.Int64BitsToDouble(Long());

    /// <summary>A number of items of so many bytes each, which must be there.</summary>
    public int Count(int itemBytes)
    {
        var count = Int();
        return count >= 0 && (long)count * itemBytes <= _rest.Length
            ? count
            : throw new SavedStateException($"{count} items of {itemBytes} bytes do not fit into {_rest.Length} bytes");
    }

    public ReadOnlySpan<byte> Cut(int bytes)
    {
        if (bytes < 0 || bytes > _rest.Length)
        {
            throw new SavedStateException($"{bytes} bytes are wanted and {_rest.Length} are left");
        }

        var cut = _rest[..bytes];
        _rest = _rest[bytes..];
        return cut;
    }
}

/// <summary>Saved state is not what was written, or is for other rules: it is passed over, and an older one taken.</summary>
internal sealed class SavedStateException(string message) : Exception(message);

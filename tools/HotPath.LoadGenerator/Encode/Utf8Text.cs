using System.Buffers.Text;

namespace HotPath.LoadGenerator.Encode;

/// <summary>UTF-8 text into a span that is large enough.</summary>
internal ref struct Utf8Text
{
    private readonly Span<byte> _destination;

    public Utf8Text(Span<byte> destination)
    {
        _destination = destination;
    }

    public int Position { get; private set; }

    public void Add(scoped ReadOnlySpan<byte> utf8)
    {
        utf8.CopyTo(_destination[Position..]);
        Position += utf8.Length;
    }

    public void Add(long number)
    {
        Utf8Formatter.TryFormat(number, _destination[Position..], out var written);
        Position += written;
    }

    /// <summary>A number that is not negative, with its decimals: 643 with one of them is 64.3.</summary>
    public void Add(long scaled, int decimals)
    {
        if (decimals == 0)
        {
            Add(scaled);
            return;
        }

        var unit = decimals == 1 ? 10 : 100;
        Add(scaled / unit);
        Add("."u8);
        for (var rest = scaled % unit; unit > 1; rest %= unit)
        {
            unit /= 10;
            _destination[Position++] = (byte)('0' + (rest / unit));
        }
    }
}

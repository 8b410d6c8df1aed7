using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace HotPath.Engine.Decode;

/// <summary>
/// Where the members of an object and of its meta stand, in whatever order they come: a name is what stands between the
/// last two quotes before a colon. Belongs to one decoder and its thread. What does not look so is for the grammar.
/// </summary>
/// <remarks>
/// <code>
/// object = "{" members "}"      members = member *( "," member )      one space may stand beside each of { } , and behind :
/// member = name ":" value | "meta" ":" "{" members "}"
/// </code>
/// What stands between two members is judged for all of them at once, a lane for each: which member comes next cannot be
/// foreseen, so no branch may ask. A colon inside a string is no harm: what is found then is not whole, and the values
/// do not fit.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe class JsonMembers : IDisposable
{
    private const int BlockBytes = 64;
    private const int QuotesMax = 64;

    private const uint Unknown = 1u << JsonSpans.Unknown;
    private const uint OfMeta = (uint)Member.OfMeta | Unknown;

    private readonly MemberTable _table = MemberTable.Shared;
    private readonly JsonMemberColumns* _columns =
        (JsonMemberColumns*)NativeMemory.AlignedAlloc((nuint)sizeof(JsonMemberColumns), BlockBytes);

    private readonly uint _ofReading;
    private int _count;

    public JsonMembers(bool readsReceivedAt)
    {
        NativeMemory.Clear(_columns, (nuint)sizeof(JsonMemberColumns));
        _ofReading = (uint)(Member.Required | Member.Version | Member.Quality | Member.Meta) | Unknown
            | (uint)(readsReceivedAt ? Member.ReceivedAt : Member.Unknown);
    }

    /// <summary>How many members were found, those included that are not read.</summary>
    public int Count => _count;

    /// <summary>The place of the bit of a member, by its number in the text.</summary>
    public int MemberAt(int number) => BitOperations.TrailingZeroCount(_columns->Member[number]);

    /// <summary>Behind the object, or null. Each required member stands once, and each value between name and comma.</summary>
    // Safe because what is loaded begins before PlainEnd, or a few bytes behind it, and is shorter than its guard; and a
    // column is a vector. Worth it: Decode/Json in any order.
    public byte* TryFind(JsonQuotes quotes, ref JsonSpans spans)
    {
        var columns = _columns;
        var count = FindNames(quotes, columns);
        if (count == 0 || columns->Open[0] != 1 + Is(quotes.Text[1], ' '))
        {
            return null;
        }

        // The bytes before each name's quote: back over a space, the comma, and meta's brace with its space.
        var before = Vector512.Load(columns->Before);
        var isSpace = Vector512.Equals(before >> 24, Vector512.Create((uint)' '));
        before = Vector512.ConditionalSelect(isSpace, before << 8, before);
        var opens = Vector512.Equals(before >> 24, Vector512.Create((uint)'{'));
        var closes = Vector512.AndNot(HasByte(before, 2, '}'), opens);
        var commas = Vector512.Equals(before >> 24, Vector512.Create((uint)','));
        var ends = Vector512.Load(columns->Open) - Vector512<uint>.One + isSpace + closes + (closes & HasByte(before, 1, ' '));

        // A value ends where the next member says so.
        ends = Vector512.Shuffle(ends, Vector512<uint>.Indices + Vector512<uint>.One);
        var begins = Vector512.Load(columns->Close) + Vector512.Create(2u) - HasByte(Vector512.Load(columns->Behind), 2, ' ');
        SetSpans(columns, begins, ends);

        var members = Vector512.Load(columns->Member);
        var metas = Having(members, (uint)Member.Meta);
        var nesting = new JsonNesting(count, metas, Bits(opens), Bits(closes));
        var inMeta = nesting.InMeta;
        var isAllowed = (Having(members, _ofReading) & ~inMeta) | (Having(members, OfMeta) & inMeta);
        var isSound = isAllowed & (Bits(commas) | nesting.Opened | 1) & (Bits(Vector512.Equals(begins, ends)) | ~(nesting.Opened >> 1));
        _count = nesting.Count;
        var unknown = Having(members, Unknown) & nesting.Valid;
        var seen = Union(members & Vector512.LessThan(Vector512<uint>.Indices, Vector512.Create((uint)_count))) & ~Unknown;
        var last = _count - 1;
        if ((nesting.Valid & ~isSound) != 0 || ((metas >> last) & 1) != 0 || (seen & (uint)Member.Required) != (uint)Member.Required
            || BitOperations.PopCount(seen) + BitOperations.PopCount(unknown) != _count
            || (unknown != 0 && !(quotes.IsAscii && AreValues(quotes, unknown & ~(1u << last)))))
        {
            return null;
        }

        var all = (JsonSpan*)columns->Spans;
        for (var number = 0; number < _count; number++)
        {
            spans.ByPlace[MemberAt(number)] = all[number];
        }

        spans.Seen = (Member)seen;
        return TryEnd(quotes, spans.ByPlace + MemberAt(last), (int)((inMeta >> last) & 1), (unknown >> last) != 0);
    }

    public void Dispose() => NativeMemory.AlignedFree(_columns);

    /// <summary>The names of the text, as far as it is known: what they mean, and what stands around them.</summary>
    private int FindNames(JsonQuotes quotes, JsonMemberColumns* columns)
    {
        var text = quotes.Text;
        var places = quotes.Places;
        var table = _table;
        var number = 0;

        // The first quote of all ends no name.
        for (var ends = NameEnds(quotes) & ~1UL; ends != 0 && number < JsonMemberColumns.Count; ends &= ends - 1)
        {
            var rank = (uint)BitOperations.TrailingZeroCount(ends);
            uint open = places[rank - 1];
            uint close = places[rank];
            columns->Member[number] = table.Find(text + open + 1, close - open - 1);
            columns->Open[number] = open;
            columns->Close[number] = close;
            columns->Quote[number] = rank + 1;
            columns->Before[number] = Unsafe.ReadUnaligned<uint>(text + uint.Max(open, sizeof(uint)) - sizeof(uint));
            columns->Behind[number] = Unsafe.ReadUnaligned<uint>(text + close);
            number++;
        }

        return number;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SetSpans(JsonMemberColumns* columns, Vector512<uint> begins, Vector512<uint> ends)
    {
        // As JsonSpan lays them out.
        var places = begins | (ends << 16);
        var quotes = Vector512.Load(columns->Quote);
        (Vector512.WidenLower(places) | (Vector512.WidenLower(quotes) << 32)).Store(columns->Spans);
        (Vector512.WidenUpper(places) | (Vector512.WidenUpper(quotes) << 32)).Store(columns->Spans + (JsonMemberColumns.Count / 2));
    }

    /// <summary>Of what means nothing too the text must be one.</summary>
    private bool AreValues(JsonQuotes quotes, uint numbers)
    {
        for (; numbers != 0; numbers &= numbers - 1)
        {
            if (!JsonValues.IsValue((JsonSpan*)_columns->Spans + BitOperations.TrailingZeroCount(numbers), quotes))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The last value, and the braces behind it.</summary>
    private static byte* TryEnd(JsonQuotes quotes, JsonSpan* last, int depth, bool isUnknown)
    {
        var text = quotes.Text;
        var at = JsonValues.LastEnd(last, quotes);
        at -= Is(text[at - 1], ' ');
        last->End = (ushort)at;
        at += Is(text[at], ' ');
        for (; depth > 0; depth--)
        {
            if (text[at] != '}')
            {
                return null;
            }

            at++;
            at += Is(text[at], ' ');
        }

        return text[at] == '}' && text + at < quotes.PlainEnd && (!isUnknown || JsonValues.IsValue(last, quotes))
            ? text + at + 1
            : null;
    }

    /// <summary>Which plain quotes stand before a colon, by their number. None where there are more than 64 quotes.</summary>
    internal static ulong NameEnds(JsonQuotes quotes)
    {
        var ends = 0UL;
        if (quotes.Count > QuotesMax)
        {
            return 0;
        }

        if (!Bmi2.X64.IsSupported)
        {
            return NameEndsOneByOne(quotes);
        }

        var text = quotes.Text;
        var ranks = 0;
        for (var block = text; block < quotes.PlainEnd; block += BlockBytes)
        {
            var isQuote = Vector512.Equals(Vector512.Load(block), Vector512.Create((byte)'"')).ExtractMostSignificantBits();
            var isColonBehind = Vector512.Equals(Vector512.Load(block + 1), Vector512.Create((byte)':')).ExtractMostSignificantBits();
            isColonBehind &= ulong.MaxValue >> (int)long.Max(0, BlockBytes - (quotes.PlainEnd - block));
            ends |= Bmi2.X64.ParallelBitExtract(isColonBehind, isQuote) << ranks;
            ranks += BitOperations.PopCount(isQuote);
        }

        return ends;
    }

    internal static ulong NameEndsOneByOne(JsonQuotes quotes)
    {
        var ends = 0UL;
        for (var rank = 0; rank < quotes.Count; rank++)
        {
            var quote = quotes.Text + quotes.Places[rank];
            ends |= (quote < quotes.PlainEnd && quote[1] == ':' ? 1UL : 0) << rank;
        }

        return ends;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Is(byte value, char what) => value == what ? 1 : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Bits(Vector512<uint> lanes) => (uint)lanes.ExtractMostSignificantBits();

    /// <summary>The lanes that have one of these bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Having(Vector512<uint> lanes, uint bits) => ~Bits(Vector512.Equals(lanes & Vector512.Create(bits), Vector512<uint>.Zero));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<uint> HasByte(Vector512<uint> lanes, int place, char value) =>
        Vector512.Equals(lanes & Vector512.Create(0xFFu << (8 * place)), Vector512.Create((uint)value << (8 * place)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Union(Vector512<uint> bits)
    {
        var eight = bits.GetLower() | bits.GetUpper();
        var four = (eight.GetLower() | eight.GetUpper()).AsUInt64();
        var two = four.ToScalar() | four.GetElement(1);
        return (uint)(two | (two >> 32));
    }
}

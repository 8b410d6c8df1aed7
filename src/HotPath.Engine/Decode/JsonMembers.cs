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
/// All of it is judged by sums and masks: which member comes next cannot be foreseen, so no branch may ask.
/// A colon inside a string is no harm: what is found then is not whole, and the values do not fit.
/// </remarks>
[SkipLocalsInit]
internal sealed unsafe class JsonMembers(bool readsReceivedAt) : IDisposable
{
    private const int BlockBytes = 64;
    private const int QuotesMax = 64;
    private const int MembersMax = 32;

    /// <summary>Whose value opens a brace.</summary>
    private const uint Opening = 1u << JsonSpans.Meta;

    private readonly MemberTable _table = MemberTable.Shared;
    private readonly Name* _names = (Name*)NativeMemory.Alloc(MembersMax, (nuint)sizeof(Name));
    private readonly Member _ofReading = Member.Required | Member.Version | Member.Quality | Member.Meta
        | (readsReceivedAt ? Member.ReceivedAt : Member.Unknown);

    private int _count;

    /// <summary>How many members were found, those included that are not read.</summary>
    public int Count => _count;

    /// <summary>The place of the bit of a member, by its number in the text.</summary>
    public int MemberAt(int number) => _names[number].Member;

    /// <summary>Behind the object, or null. Each required member stands once, and each value between name and comma.</summary>
    // Safe because what is loaded begins before PlainEnd, or a few bytes behind it, and is shorter than its guard.
    // Worth it: Decode/Json in any order.
    public byte* TryFind(JsonQuotes quotes, ref JsonSpans spans)
    {
        var text = quotes.Text;
        var byPlace = spans.ByPlace;
        var count = FindNames(quotes);
        _count = 0;
        if (count == 0 || _names->Open != 1 + Is(text[1], ' '))
        {
            return null;
        }

        var name = _names;
        var last = name->Member;
        var isAllowed = (uint)_ofReading | (1u << JsonSpans.Unknown);
        var inMeta = isAllowed ^ ((uint)Member.OfMeta | (1u << JsonSpans.Unknown));
        var seen = 1u << last;
        nint wrong = (nint)(seen & ~isAllowed);
        var depth = 0;
        var index = 1;
        for (; index < count; index++)
        {
            // Back over a space, the comma, and meta's brace with its space: the four bytes before the name's quote.
            name++;
            if (name->Open < sizeof(uint))
            {
                return null;
            }

            var before = Unsafe.ReadUnaligned<uint>(text + name->Open - sizeof(uint));
            var spaces = Is((byte)(before >> 24), ' ');
            before <<= 8 * spaces;
            var opens = Is((byte)(before >> 24), '{');
            var closes = Is((byte)(before >> 16), '}') & (opens ^ 1);
            if (((opens ^ (int)((Opening >> last) & 1)) | (closes & ~depth)) != 0)
            {
                // The object ended before this name.
                break;
            }

            wrong |= (opens | Is((byte)(before >> 24), ',')) ^ 1;
            var end = name->Open - 1 - spaces - closes - (closes & Is((byte)(before >> 8), ' '));
            var span = byPlace + last;
            span->At = name[-1].At;
            span->End = end;
            span->Quote = name[-1].Quote;
            wrong |= -opens & (name[-1].At ^ end);
            depth += opens - closes;
            if (last == JsonSpans.Unknown && !JsonValues.IsValue(span, quotes))
            {
                return null;
            }

            last = name->Member;
            var bit = 1u << last;
            wrong |= (nint)(bit & ~(isAllowed ^ (inMeta & (uint)-depth)));
            wrong |= (nint)(bit & seen & ~(1u << JsonSpans.Unknown));
            seen |= bit;
        }

        _count = index;
        spans.Seen = (Member)seen;
        name = _names + index - 1;
        byPlace[last].At = name->At;
        byPlace[last].Quote = name->Quote;
        return wrong == 0 && (spans.Seen & Member.Required) == Member.Required && ((Opening >> last) & 1) == 0
            ? TryEnd(quotes, byPlace + last, depth, last == JsonSpans.Unknown)
            : null;
    }

    public void Dispose() => NativeMemory.Free(_names);

    /// <summary>The names of the text, as far as it is known: what they mean, and where the value behind them begins.</summary>
    private int FindNames(JsonQuotes quotes)
    {
        var text = quotes.Text;
        var places = quotes.Places;
        var name = _names;
        var ends = NameEnds(quotes) & ~1UL;
        if (BitOperations.PopCount(ends) > MembersMax)
        {
            return 0;
        }

        for (; ends != 0; ends &= ends - 1)
        {
            var rank = BitOperations.TrailingZeroCount(ends);
            int open = places[rank - 1];
            int end = places[rank];
            name->Open = open;
            name->Member = _table.Find(text + open + 1, end - open - 1);
            name->At = end + 2 + Is(text[end + 2], ' ');
            name->Quote = rank + 1;
            name++;
        }

        return (int)(name - _names);
    }

    /// <summary>The last value, and the braces behind it.</summary>
    private static byte* TryEnd(JsonQuotes quotes, JsonSpan* last, int depth, bool isUnknown)
    {
        var text = quotes.Text;
        var at = JsonValues.LastEnd(last, quotes);
        at -= Is(text[at - 1], ' ');
        last->End = at;
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

    private struct Name
    {
        /// <summary>Its first quote.</summary>
        public int Open;

        /// <summary>Where the value begins.</summary>
        public int At;

        /// <summary>The number of the next quote behind the name.</summary>
        public int Quote;

        /// <summary>The place of its bit, or <see cref="JsonSpans.Unknown"/>.</summary>
        public int Member;
    }
}

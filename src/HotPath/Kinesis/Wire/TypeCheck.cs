using System.Buffers.Text;
using System.Text;

namespace HotPath.Kinesis.Wire;

/// <summary>
/// The first check of a request: has every known member its type? Unknown members and nulls are dropped silently. The
/// texts, odd as some are, are the service's: clients' users search for them.
/// </summary>
internal static class TypeCheck
{
    private const string ListNotExpected = "Start of list found where not expected";
    private const string MapNotExpected = "Start of structure or map found where not expected.";
    private const string NumberClass = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber";

    /// <summary>A value longer than this is cut in messages.</summary>
    private const int EchoedCharsMax = 4096;

    /// <returns>Null and the members that count, or the first type error.</returns>
    public static Refusal? Check(WireValue.Map request, IReadOnlyList<Member> members, out WireValue.Map args)
    {
        var kept = new Dictionary<string, WireValue>(StringComparer.Ordinal);
        args = new WireValue.Map(kept);
        foreach (var member in members)
        {
            if (!request.Members.TryGetValue(member.Name, out var value) || value is WireValue.Null)
            {
                continue;
            }

            var error = CheckValue(value, member, out var checkedValue);
            if (error is not null)
            {
                return error;
            }

            kept[member.Name] = checkedValue;
        }

        return null;
    }

    private static Refusal? CheckValue(WireValue value, Member member, out WireValue kept)
    {
        kept = value;
        switch (member.Type)
        {
            case MemberType.ListOfString or MemberType.ListOfStructure:
                return CheckList(value, member, out kept);
            case MemberType.MapOfString:
                return CheckMap(value, out kept);
            case MemberType.Structure:
                return CheckStructure(value, member, out kept);
            case MemberType.Blob:
                return CheckBlob(value, out kept);
            default:
                return CheckScalar(value, member.Type, out kept);
        }
    }

    private static Refusal? CheckScalar(WireValue value, MemberType type, out WireValue kept)
    {
        kept = value;
        switch (value)
        {
            case WireValue.List:
                return Refusal.TypeError(ListNotExpected);
            case WireValue.Map:
                return Refusal.TypeError(MapNotExpected);
            case WireValue.Text text when type == MemberType.Boolean:
                return Refusal.TypeError($"'{Echo(text.Value.ToUpperInvariant())}' can not be converted to an Boolean");
            case WireValue.Text when type != MemberType.String:
                return Refusal.TypeError($"class java.lang.String can not be converted to {Wanted(type)}");
            case WireValue.Bool when type != MemberType.Boolean:
                return Refusal.TypeError($"class java.lang.Boolean can not be converted to {Wanted(type)}");
            case WireValue.Number when type is MemberType.String or MemberType.Boolean or MemberType.Blob:
                return Refusal.TypeError($"{NumberClass} can not be converted to {Wanted(type)}");
            case WireValue.Blob when type != MemberType.Blob:
                return Refusal.TypeError($"class java.nio.HeapByteBuffer can not be converted to {Wanted(type)}");
            case WireValue.Number number when type == MemberType.Integer:
                kept = new WireValue.Number(Math.Clamp(Math.Floor(number.Value), int.MinValue, int.MaxValue));
                return null;
            default:
                return null;
        }
    }

    private static string Wanted(MemberType type) => type switch
    {
        MemberType.Timestamp => "milliseconds since epoch",
        MemberType.Blob => "a Blob",
        _ => $"an {type}",
    };

    private static Refusal? CheckBlob(WireValue value, out WireValue kept)
    {
        kept = value;
        if (value is not WireValue.Text text)
        {
            return value is WireValue.Blob ? null : CheckScalar(value, MemberType.Blob, out kept);
        }

        var utf8 = Encoding.UTF8.GetBytes(text.Value);
        var problem = Base64Text.Problem(utf8);
        if (problem is not null)
        {
            return Refusal.TypeError($"'{Echo(text.Value)}' can not be converted to a Blob: {problem}");
        }

        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(utf8.Length)];
        _ = Base64Text.TryDecode(utf8, bytes, out var written);
        kept = new WireValue.Blob(bytes.AsMemory(0, written));
        return null;
    }

    private static Refusal? CheckList(WireValue value, Member member, out WireValue kept)
    {
        kept = value;
        if (value is not WireValue.List list)
        {
            return Refusal.TypeError(value is WireValue.Map ? MapNotExpected : "Expected list or null");
        }

        var items = new List<WireValue>(list.Items.Count);
        foreach (var item in list.Items)
        {
            var checkedItem = item;
            var error = item is WireValue.Null ? null
                : member.Type == MemberType.ListOfString ? CheckScalar(item, MemberType.String, out checkedItem)
                : CheckStructure(item, member, out checkedItem);
            if (error is not null)
            {
                return error;
            }

            items.Add(checkedItem);
        }

        kept = new WireValue.List(items);
        return null;
    }

    private static Refusal? CheckMap(WireValue value, out WireValue kept)
    {
        kept = value;
        if (value is not WireValue.Map map)
        {
            return Refusal.TypeError(value is WireValue.List ? ListNotExpected : "Expected map or null");
        }

        foreach (var item in map.Members.Values)
        {
            var error = item is WireValue.Null ? null : CheckScalar(item, MemberType.String, out _);
            if (error is not null)
            {
                return error;
            }
        }

        return null;
    }

    private static Refusal? CheckStructure(WireValue value, Member member, out WireValue kept)
    {
        kept = value;
        if (value is not WireValue.Map map)
        {
            return Refusal.TypeError(value is WireValue.List ? ListNotExpected : "Expected null");
        }

        var error = Check(map, member.Children, out var args);
        kept = args;
        return error;
    }

    private static string Echo(string text) => text.Length <= EchoedCharsMax ? text : text[..EchoedCharsMax];
}

using System.Globalization;
using System.Text;

namespace HotPath.Kinesis.Wire;

/// <summary>
/// The second check of a request: the constraints of the model. At most ten errors are told, in one message:
/// <c>2 validation errors detected: Value '' at 'streamName' failed to satisfy constraint: ...; Value ...</c>.
/// </summary>
internal sealed class ValueCheck
{
    private const int ErrorsMax = 10;
    private const int EchoedCharsMax = 64 * 1024;

    private readonly List<string> _errors = [];

    private ValueCheck()
    {
    }

    /// <returns>Null when every constraint holds.</returns>
    public static Refusal? Check(WireValue.Map args, IReadOnlyList<Member> members)
    {
        var check = new ValueCheck();
        check.CheckMembers(args, members, string.Empty);
        var count = check._errors.Count;
        return count == 0
            ? null
            : Refusal.Validation(
                $"{count} validation error{(count > 1 ? "s" : string.Empty)} detected: {string.Join("; ", check._errors)}");
    }

    private void CheckMembers(WireValue.Map args, IReadOnlyList<Member> members, string parent)
    {
        foreach (var member in members)
        {
            args.Members.TryGetValue(member.Name, out var value);
            CheckMember(value, member, parent + LowerFirst(member.Name));
        }
    }

    private void CheckMember(WireValue? value, Member member, string path)
    {
        if (value is null)
        {
            Require(!member.NotNull, value, member, path, "Member must not be null");
            return;
        }

        if (member.Pattern is { } pattern && value is WireValue.Text text)
        {
            Require(
                pattern.Matches(text.Value),
                value,
                member,
                path,
                $"Member must satisfy regular expression pattern: {pattern.Text}");
        }

        CheckLength(value, member, path);
        CheckRange(value, member, path);
        CheckOneOf(value, member, path);
        CheckItems(value, member, path);
    }

    private void CheckLength(WireValue value, Member member, string path)
    {
        var length = value switch
        {
            WireValue.Text text => text.Value.EnumerateRunes().Count(),
            WireValue.Blob blob => blob.Bytes.Length,
            WireValue.List list => list.Items.Count,
            WireValue.Map map => map.Members.Count,
            _ => 0,
        };
        if (member.LengthMin is { } min)
        {
            Require(length >= min, value, member, path, $"Member must have length greater than or equal to {min}");
        }

        if (member.LengthMax is { } max)
        {
            Require(length <= max, value, member, path, $"Member must have length less than or equal to {max}");
        }
    }

    private void CheckRange(WireValue value, Member member, string path)
    {
        if (value is not WireValue.Number number)
        {
            return;
        }

        if (member.ValueMin is { } min)
        {
            Require(number.Value >= min, value, member, path, $"Member must have value greater than or equal to {min}");
        }

        if (member.ValueMax is { } max)
        {
            Require(number.Value <= max, value, member, path, $"Member must have value less than or equal to {max}");
        }
    }

    private void CheckOneOf(WireValue value, Member member, string path)
    {
        if (member.OneOf is { } words && value is WireValue.Text text)
        {
            Require(
                words.Contains(text.Value, StringComparer.Ordinal),
                value,
                member,
                path,
                $"Member must satisfy enum value set: [{string.Join(", ", words)}]");
        }
    }

    private void CheckItems(WireValue value, Member member, string path)
    {
        switch (value)
        {
            case WireValue.List list when member.ItemLengths is { } lengths:
                CheckLengths(list.Items.Select(item => (item as WireValue.Text)?.Value ?? string.Empty), lengths, "Member");
                break;
            case WireValue.List list:
                for (var index = 0; index < list.Items.Count && _errors.Count < ErrorsMax; index++)
                {
                    if (list.Items[index] is WireValue.Map item)
                    {
                        CheckMembers(item, member.Children, $"{path}.{index + 1}.member.");
                    }
                }

                break;
            case WireValue.Map map when member.Type == MemberType.Structure:
                CheckMembers(map, member.Children, path + ".");
                break;
            case WireValue.Map map:
                CheckLengths(map.Members.Keys, member.ItemLengths, "Map keys");
                CheckLengths(
                    map.Members.Values.Select(item => (item as WireValue.Text)?.Value ?? string.Empty),
                    member.ValueLengths,
                    "Map value");
                break;
            default:
                break;
        }

        void CheckLengths(IEnumerable<string> texts, (int Min, int Max)? lengths, string what)
        {
            if (lengths is { } bounds)
            {
                Require(
                    texts.All(text => text.Length >= bounds.Min && text.Length <= bounds.Max),
                    value,
                    member,
                    path,
                    $"{what} must satisfy constraint: [Member must have length less than or equal to {bounds.Max}, " +
                    $"Member must have length greater than or equal to {bounds.Min}]");
            }
        }
    }

    private void Require(bool holds, WireValue? value, Member member, string path, string constraint)
    {
        if (!holds && _errors.Count < ErrorsMax)
        {
            var echo = value is null ? "null" : $"'{Echo(value, member)}'";
            _errors.Add($"Value {echo} at '{path}' failed to satisfy constraint: {constraint}");
        }
    }

    private static string Echo(WireValue value, Member member)
    {
        var text = value switch
        {
            WireValue.Text { Value: var content } => content,
            WireValue.Number { Value: var number } => number.ToString(CultureInfo.InvariantCulture),
            WireValue.Bool { Value: var yes } => yes ? "true" : "false",
            WireValue.Blob { Bytes.Length: var bytes } => $"java.nio.HeapByteBuffer[pos=0 lim={bytes} cap={bytes}]",
            WireValue.List { Items: var items } =>
                EchoAll('[', items.Select(item => member.ItemText ?? Echo(item, member)), ']'),
            WireValue.Map { Members: var members } =>
                EchoAll('{', members.Select(pair => $"{pair.Key}={Echo(pair.Value, member)}"), '}'),
            _ => "null",
        };
        return text.Length <= EchoedCharsMax ? text : text[..EchoedCharsMax];
    }

    private static string EchoAll(char open, IEnumerable<string> items, char close)
    {
        var text = new StringBuilder().Append(open);
        foreach (var item in items)
        {
            if (text.Length > EchoedCharsMax)
            {
                break;
            }

            text.Append(text.Length == 1 ? string.Empty : ", ").Append(item);
        }

        return text.Append(close).ToString();
    }

    private static string LowerFirst(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}

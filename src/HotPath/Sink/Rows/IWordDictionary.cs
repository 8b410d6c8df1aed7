using System.Text;

namespace HotPath.Sink.Rows;

/// <summary>A dictionary that a column's codes point into.</summary>
internal interface IWordDictionary
{
    ReadOnlyMemory<byte> Data { get; }

    /// <summary>Entry i is Data[Offsets[i]..Offsets[i + 1]].</summary>
    ReadOnlyMemory<int> Offsets { get; }
}

/// <summary>The words of an enum as they stand in tables and metrics: in snake_case, by value.</summary>
internal sealed class EnumWords<TEnum> : IWordDictionary
    where TEnum : struct, Enum
{
    private readonly byte[] _data;
    private readonly int[] _offsets;

    public EnumWords()
    {
        var data = new List<byte>();
        var offsets = new List<int> { 0 };
        foreach (var value in Enum.GetValues<TEnum>())
        {
            // Codes are values: gaps become empty entries.
            var code = Convert.ToInt32(value, System.Globalization.CultureInfo.InvariantCulture);
            while (offsets.Count <= code)
            {
                offsets.Add(data.Count);
            }

            data.AddRange(Encoding.UTF8.GetBytes(SnakeCase.Of(value.ToString())));
            offsets.Add(data.Count);
        }

        _data = [.. data];
        _offsets = [.. offsets];
    }

    public ReadOnlyMemory<byte> Data => _data;

    public ReadOnlyMemory<int> Offsets => _offsets;
}

internal static class SnakeCase
{
    /// <summary><c>MissingMember</c> as <c>missing_member</c>.</summary>
    public static string Of(string pascalCase)
    {
        var text = new StringBuilder();
        foreach (var letter in pascalCase)
        {
            if (char.IsUpper(letter) && text.Length > 0)
            {
                text.Append('_');
            }

            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}

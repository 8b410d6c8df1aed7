using System.Collections.Concurrent;

namespace HotPath.Kinesis.Signing;

/// <summary>The names of a SignedHeaders list, split once: a client signs the same list in every request.</summary>
internal sealed class SignedHeaders
{
    private SignedHeaders(string list)
    {
        List = list;
        Names = list.Split(';');
    }

    /// <summary>As sent: lower case, in order, parted by semicolons.</summary>
    public string List { get; }

    public string[] Names { get; }

    public bool Contains(string name) => Array.IndexOf(Names, name) >= 0;

    /// <summary>Any thread may ask. Bounded: when full it begins anew.</summary>
    internal sealed class Cache
    {
        private const int CountMax = 256;

        private readonly ConcurrentDictionary<string, SignedHeaders> _lists = new(StringComparer.Ordinal);
        private readonly ConcurrentDictionary<string, SignedHeaders>.AlternateLookup<ReadOnlySpan<char>> _bySpan;

        public Cache()
        {
            _bySpan = _lists.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        public SignedHeaders Get(ReadOnlySpan<char> list) =>
            _bySpan.TryGetValue(list, out var known) ? known : AddWhenUnknown(list);

        private SignedHeaders AddWhenUnknown(ReadOnlySpan<char> list)
        {
            if (_lists.Count >= CountMax)
            {
                _lists.Clear();
            }

            var added = new SignedHeaders(list.ToString());
            _lists[added.List] = added;
            return added;
        }
    }
}

using System.Globalization;
using System.Text;
using HotPath.Kinesis.Wire;

namespace HotPath.Kinesis.Streams;

/// <summary>
/// Which shards a ListShards call wants, and where its next page begins. The token carries all of it, so that nothing is
/// kept between pages; a shard's index never means another shard.
/// </summary>
internal sealed record ListShardsPage(string StreamName, string? Filter, int AfterIndex, int? MaxResults)
{
    private const char Separator = '/';

    public static ListShardsPage First(WireValue.Map args)
    {
        var filter = args.MapOf("ShardFilter");
        var after = args.TextOf("ExclusiveStartShardId")
            ?? (filter?.TextOf("Type") == "AFTER_SHARD_ID" ? filter.TextOf("ShardId") : null);
        var afterIndex = after is not null && StreamShard.TryParseId(after, out var index) ? index : -1;
        return new ListShardsPage(
            args.TextOf("StreamName") ?? string.Empty, filter?.TextOf("Type"), afterIndex, args.NumberOf("MaxResults"));
    }

    public static bool TryParse(string token, WireValue.Map args, out ListShardsPage page)
    {
        page = First(args);
        var bytes = new byte[token.Length];
        if (!Convert.TryFromBase64String(token, bytes, out var written))
        {
            return false;
        }

        var parts = Encoding.UTF8.GetString(bytes, 0, written).Split(Separator);
        if (parts.Length != 3 || !int.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var after))
        {
            return false;
        }

        page = page with { StreamName = parts[0], Filter = parts[1].Length > 0 ? parts[1] : null, AfterIndex = after };
        return true;
    }

    public string TokenAfter(StreamShard last) => Convert.ToBase64String(
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"{StreamName}{Separator}{Filter}{Separator}{last.Index}")));

    /// <summary>Closed shards are listed too, unless only those at the tip are wanted.</summary>
    public IEnumerable<StreamShard> Select(IEnumerable<StreamShard> shards) =>
        shards.Where(shard => shard.Index > AfterIndex && (shard.IsOpen || Filter != "AT_LATEST"));
}

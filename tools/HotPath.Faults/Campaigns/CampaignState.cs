using System.Text.Json;

namespace HotPath.Faults.Campaigns;

/// <summary>
/// A file with a line for every round that was finished, so that campaigns can be stopped, go on, and add up. Without a
/// path nothing is kept beyond the process. One thread.
/// </summary>
internal sealed class CampaignState
{
    private readonly string? _path;
    private readonly List<CampaignRecord> _records = [];

    public CampaignState(string? path)
    {
        _path = path;
        if (path is not null && File.Exists(path))
        {
            // The last line of a run that was killed may be torn.
            foreach (var line in File.ReadLines(path).Where(line => line.EndsWith('}')))
            {
                _records.Add(JsonSerializer.Deserialize<CampaignRecord>(line)!);
            }
        }
    }

    public IEnumerable<CampaignRecord> Of(string campaign) => _records.Where(record => record.Campaign == campaign);

    public void Add(CampaignRecord record)
    {
        _records.Add(record);
        if (_path is not null)
        {
            File.AppendAllText(_path, JsonSerializer.Serialize(record) + "\n");
        }
    }
}

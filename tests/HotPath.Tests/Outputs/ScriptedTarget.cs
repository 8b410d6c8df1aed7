using HotPath.Outputs;

namespace HotPath.Tests.Outputs;

/// <summary>A receiver that keeps what it takes, and judges each row as the test says.</summary>
internal sealed class ScriptedTarget(int rowsMax = 3) : IOutputTarget
{
    private readonly Lock _taking = new();
    private readonly List<OutputRow> _taken = [];

    public Func<OutputRow, Delivery> Judge { get; set; } = _ => Delivery.Done;

    public int RowsMax => rowsMax;

    public int BytesMax => 1_000_000;

    public IReadOnlyList<OutputRow> Taken
    {
        get
        {
            lock (_taking)
            {
                return [.. _taken];
            }
        }
    }

    public Task<Delivery[]> SendAsync(IReadOnlyList<OutputRow> rows, CancellationToken stop)
    {
        lock (_taking)
        {
            Assert.Equal(rows.Count, rows.Select(row => row.Key).Distinct().Count());
            var deliveries = rows.Select(row => Judge(row)).ToArray();
            _taken.AddRange(rows.Where((_, at) => deliveries[at].Outcome == DeliveryOutcome.Delivered));
            return Task.FromResult(deliveries);
        }
    }

    public void Dispose()
    {
    }
}

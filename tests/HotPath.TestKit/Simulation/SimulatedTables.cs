namespace HotPath.TestKit.Simulation;

/// <summary>
/// Tables with commits that are whole or not at all and carry how far they go; a commit of what a table holds already
/// changes nothing. Outlives every process. One thread.
/// </summary>
internal sealed class SimulatedTables
{
    public SimulatedTable[] All { get; } = [new(), new()];

    public SimulatedTable Readings => All[0];

    /// <summary>Transitions and downtimes as they stand in the ledger.</summary>
    public SimulatedTable Events => All[1];

    /// <summary>The sink's own position, stored after all tables have committed.</summary>
    public long PositionLsn { get; set; } = -1;

    public long HeldLsnMax => Math.Max(PositionLsn, All.Max(table => table.HeldLsn));
}

/// <summary>One of them.</summary>
internal sealed class SimulatedTable
{
    private readonly List<(long Lsn, string Row)> _rows = [];

    /// <summary>The txn: rows up to here are in the table.</summary>
    public long HeldLsn { get; private set; } = -1;

    public IReadOnlyList<(long Lsn, string Row)> Rows => _rows;

    /// <param name="checksTxn">False: the negative control.</param>
    public void Commit(IEnumerable<(long Lsn, string Row)> rows, long lsnTo, bool checksTxn)
    {
        if (checksTxn && lsnTo <= HeldLsn)
        {
            return;
        }

        _rows.AddRange(rows);
        HeldLsn = Math.Max(HeldLsn, lsnTo);
    }
}

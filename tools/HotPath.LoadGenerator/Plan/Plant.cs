using System.Text;

namespace HotPath.LoadGenerator.Plan;

/// <summary>Machines, gateways and tags of one run: everything that never changes.</summary>
internal sealed class Plant
{
    private readonly int[] _gatewayOf;
    private readonly byte[][] _gatewayNames;

    public Plant(PlanOptions options)
    {
        Options = options;
        Fleet = new Fleet(options.EquipmentCount);
        Signals = new Signals(options);
        _gatewayNames = [.. Fleet.Gateways.Select(gateway => Encoding.UTF8.GetBytes(gateway.Name))];
        _gatewayOf = new int[options.EquipmentCount];
        for (var index = 0; index < Fleet.Gateways.Length; index++)
        {
            var gateway = Fleet.Gateways[index];
            _gatewayOf.AsSpan(gateway.MachineFirst, gateway.MachineCount).Fill(index);
        }
    }

    public PlanOptions Options { get; }

    public Fleet Fleet { get; }

    public Signals Signals { get; }

    public byte[] MachineName(int machine) => Fleet.MachineNames[machine];

    public byte[] SourceName(int machine) => _gatewayNames[_gatewayOf[machine]];
}

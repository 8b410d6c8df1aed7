using System.Globalization;
using System.Text;

namespace HotPath.LoadGenerator.Plan;

/// <summary>
/// The machines of the plant, washer, filler, capper and packer of one line after another, and their gateways.
/// </summary>
internal sealed class Fleet
{
    private const int GatewayMachinesMax = 16;

    // All names have one length, so that all scans have one, and all datagrams: what segmentation offload needs.
    private static readonly string[] Kinds = ["washer", "filler", "capper", "packer"];

    public Fleet(int equipmentCount)
    {
        var digits = Math.Max(4, equipmentCount.ToString(CultureInfo.InvariantCulture).Length);
        Machines = new string[equipmentCount];
        MachineNames = new byte[equipmentCount][];
        for (var machine = 0; machine < equipmentCount; machine++)
        {
            var number = ((machine / Kinds.Length) + 1).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
            Machines[machine] = $"{Kinds[machine % Kinds.Length]}-{number}";
            MachineNames[machine] = Encoding.UTF8.GetBytes(Machines[machine]);
        }

        Gateways = Connect(equipmentCount, digits);
    }

    /// <summary>equipmentIds by machine.</summary>
    public string[] Machines { get; }

    /// <summary>The same as UTF-8.</summary>
    public byte[][] MachineNames { get; }

    public Gateway[] Gateways { get; }

    private static Gateway[] Connect(int equipmentCount, int digits)
    {
        // At least four gateways where there are four machines, so that every connection has one of its own.
        var size = Math.Clamp(equipmentCount / 4, 1, GatewayMachinesMax);
        var gateways = new Gateway[(equipmentCount + size - 1) / size];
        for (var index = 0; index < gateways.Length; index++)
        {
            var number = (index + 1).ToString(CultureInfo.InvariantCulture).PadLeft(digits, '0');
            gateways[index] = new Gateway
            {
                Name = $"gateway-{number}",
                MachineFirst = index * size,
                MachineCount = Math.Min(size, equipmentCount - (index * size)),
            };
        }

        return gateways;
    }
}

/// <summary>One source: it speaks for some machines, one after another, on one connection.</summary>
internal sealed record Gateway
{
    public required string Name { get; init; }

    public required int MachineFirst { get; init; }

    public required int MachineCount { get; init; }
}

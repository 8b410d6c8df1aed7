using System.Net;
using System.Net.Sockets;

namespace HotPath.Configuration;

/// <summary>Reads one item of <c>udp</c>; what is wrong is noted with its place.</summary>
internal static class UdpConfiguration
{
    public static UdpOptions Read(ConfigurationSection section)
    {
        var defaults = new UdpOptions();
        var read = new UdpOptions
        {
            Listen = section.Address("listen", defaults.Listen),
            TimestampUnit = section.Word(ConfigurationLoader.TimestampUnitKey, defaults.TimestampUnit, ConfigurationWords.TimestampUnits),
            Allow = section.Values("allow", defaults.Allow, "networks like 10.20.0.0/16 or 10.20.0.7/32",
                (string text, out IPNetwork network) => IPNetwork.TryParse(text, out network)),
            HmacKeys = section.FileOrNull("hmacKeys"),
            Receivers = section.Whole("receivers", defaults.Receivers, 1, 64),
            Gro = section.Flag("gro", defaults.Gro),
            MulticastGroup = section.AddressOrNull("multicastGroup"),
            MulticastInterface = section.AddressOrNull("multicastInterface"),
        };
        section.RefuseUnknown();
        CheckMulticast(section, read);
        return read;
    }

    private static void CheckMulticast(ConfigurationSection section, UdpOptions read)
    {
        if (read.MulticastGroup is null)
        {
            if (read.MulticastInterface is not null)
            {
                section.Fault("multicastInterface", $"{section.Path("multicastInterface")} has no group to join.", "Set multicastGroup.");
            }

            return;
        }

        var isMulticast = read.MulticastGroup.IsIPv6Multicast
            || (read.MulticastGroup.AddressFamily == AddressFamily.InterNetwork && read.MulticastGroup.GetAddressBytes()[0] is >= 224 and < 240);
        if (!isMulticast || read.MulticastGroup.AddressFamily != read.Listen.AddressFamily)
        {
            section.Fault("multicastGroup", $"{section.Path("multicastGroup")} {read.MulticastGroup} is no group that {read.Listen} can join.",
                "Groups are 224.0.0.0/4 for an IPv4 listener and ff00::/8 for an IPv6 one.");
        }
        else if (!IsAny(read.Listen.Address))
        {
            section.Fault("listen", $"{section.Path("listen")} {read.Listen} would not hear the group {read.MulticastGroup}.",
                "Listen on 0.0.0.0 or [::]; multicastInterface chooses the network card.");
        }
    }

    public static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);
}

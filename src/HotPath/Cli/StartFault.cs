using System.Net.Sockets;
using HotPath.Engine;
using HotPath.Engine.Ledger;
using HotPath.Kinesis;

namespace HotPath.Cli;

/// <summary>Faults whose message is all that a user needs: a port in use, a full disk, a faulty file of keys. Others are bugs.</summary>
internal static class StartFault
{
    public static bool IsTold(Exception fault) => fault is IOException or InvalidDataException or UnauthorizedAccessException
        or FormatException or SocketException or KinesisConfigurationException or JournalDamagedException or LedgerFaultException;
}

using System.Net;
using System.Net.Sockets;
using System.Numerics;

namespace HotPath.Engine.Ingest;

/// <summary>The networks that may send (CIDR). Read-only after construction; any thread may ask, without allocating.</summary>
internal sealed class SenderNetworks
{
    private const int MappedPrefixBits = 96;

    private readonly (UInt128 Base, UInt128 Mask)[] _networks;

    public SenderNetworks(IReadOnlyList<IPNetwork> networks)
    {
        _networks = new (UInt128, UInt128)[networks.Count];
        for (var index = 0; index < networks.Count; index++)
        {
            var isVersion4 = networks[index].BaseAddress.AddressFamily == AddressFamily.InterNetwork;
            var prefixBits = networks[index].PrefixLength + (isVersion4 ? MappedPrefixBits : 0);
            var mask = prefixBits == 0 ? UInt128.Zero : UInt128.MaxValue << (128 - prefixBits);
            _networks[index] = (SenderAddress.Of(networks[index].BaseAddress).Bits & mask, mask);
        }
    }

    /// <summary>Whether the address may send: everyone may where no network is named.</summary>
    public bool Allows(in SenderAddress address)
    {
        if (_networks.Length == 0)
        {
            return true;
        }

        foreach (var (network, mask) in _networks)
        {
            if ((address.Bits & mask) == network)
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>An IP address without port, as 128 bits in network order; IPv4 as its mapped IPv6 address.</summary>
internal readonly record struct SenderAddress(UInt128 Bits, uint Scope)
{
    private const int FamilyVersion4 = 2;
    private const int Version4Bytes = 8;
    private const int Version6Bytes = 28;

    public static SenderAddress Of(IPAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        var hasScope = address.AddressFamily == AddressFamily.InterNetworkV6 && !address.IsIPv4MappedToIPv6;
        return new SenderAddress(ReadBits(bytes), hasScope ? (uint)address.ScopeId : 0);
    }

    /// <summary>Of a <c>sockaddr_in</c> or <c>sockaddr_in6</c> of Linux.</summary>
    public static SenderAddress OfSocketAddress(ReadOnlySpan<byte> socketAddress)
    {
        if (socketAddress.Length >= Version4Bytes && BitConverter.ToUInt16(socketAddress) == FamilyVersion4)
        {
            return OfVersion4(socketAddress.Slice(4, 4));
        }

        return socketAddress.Length >= Version6Bytes
            ? new SenderAddress(ReadBits(socketAddress.Slice(8, 16)), BitConverter.ToUInt32(socketAddress[24..]))
            : default;
    }

    public static SenderAddress OfVersion4(ReadOnlySpan<byte> fourBytes) =>
        new(((UInt128)0xFFFF << 32) | System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(fourBytes), 0);

    /// <summary>As people write it; IPv4 as such.</summary>
    public IPAddress ToAddress()
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt128BigEndian(bytes, Bits);
        var address = new IPAddress(bytes, Scope);
        return address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
    }

    public int Hash()
    {
        var folded = (ulong)(Bits >> 64) ^ BitOperations.RotateLeft((ulong)Bits * 0x9E37_79B9_7F4A_7C15UL, 31) ^ Scope;
        return (int)((folded * 0xD6E8_FEB8_6659_FD93UL) >> 33);
    }

    private static UInt128 ReadBits(ReadOnlySpan<byte> bytes) =>
        System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes);
}

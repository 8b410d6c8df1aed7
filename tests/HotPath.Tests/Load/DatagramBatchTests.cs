using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using HotPath.LoadGenerator.Udp;

namespace HotPath.Tests.Load;

public sealed class DatagramBatchTests
{
    /// <summary>
    /// Cause: struct mmsghdr was declared 56 bytes long, not 64. Symptom: of a batch of several runs the kernel sent all
    /// but the first as one by one, and a single datagram behind a run, such as a heartbeat, as an empty one.
    /// </summary>
    [Fact]
    public void Datagrams_of_uneven_lengths_arrive_as_they_are()
    {
        using var receiver = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5_000 };
        receiver.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        using var sender = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        sender.Connect(receiver.LocalEndPoint!);
        using var batch = new DatagramBatch(sender, DatagramSink.DatagramBytesMax);
        int[] lengths = [300, 300, 120, 64, 300, 300, 300, 64, 1_400, 10];
        for (var index = 0; index < lengths.Length; index++)
        {
            batch.Free[..lengths[index]].Fill((byte)(index + 1));
            batch.Add(lengths[index]);
        }

        batch.Send();

        var buffer = new byte[2_000];
        for (var index = 0; index < lengths.Length; index++)
        {
            var bytes = receiver.Receive(buffer);
            Assert.Equal(Enumerable.Repeat((byte)(index + 1), lengths[index]), buffer.Take(bytes));
        }
    }

    [Fact]
    public void Message_slots_are_as_far_apart_as_the_kernel_has_them() =>
        Assert.Equal(MessageSlot.SizeBytes, Unsafe.SizeOf<MessageSlot>());
}

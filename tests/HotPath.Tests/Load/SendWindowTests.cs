using HotPath.LoadGenerator.Udp;

namespace HotPath.Tests.Load;

public sealed class SendWindowTests
{
    private readonly SendWindow _window = new(datagramsMax: 100);

    [Fact]
    public void What_was_reported_before_the_run_does_not_count()
    {
        _window.OnReport(received: 5_000, dropped: 7);
        _window.OnSent(60);

        Assert.Equal(60, _window.InFlight);
        Assert.True(_window.WantsReport);
    }

    [Fact]
    public void Received_and_dropped_datagrams_make_room()
    {
        _window.OnReport(received: 1_000, dropped: 0);
        _window.OnSent(80);
        _window.OnReport(received: 1_050, dropped: 10);

        Assert.Equal(20, _window.InFlight);
        Assert.False(_window.WantsReport);
    }

    [Fact]
    public void Datagrams_of_other_senders_never_make_more_room_than_there_was()
    {
        _window.OnReport(received: 0, dropped: 0);
        _window.OnSent(10);
        _window.OnReport(received: 1_000_000, dropped: 0);
        _window.OnSent(40);

        Assert.Equal(40, _window.InFlight);
    }

    [Fact]
    public void A_receiver_that_began_anew_reports_nothing_of_what_was_on_its_way()
    {
        _window.OnReport(received: 900, dropped: 0);
        _window.OnSent(90);
        _window.OnReport(received: 3, dropped: 0);
        _window.OnSent(50);
        _window.OnReport(received: 33, dropped: 0);

        Assert.Equal(20, _window.InFlight);
    }

    [Fact]
    public void Who_waits_asks_and_is_answered_once()
    {
        _window.OnReport(received: 0, dropped: 0);
        _window.OnSent(1);
        _window.Ask();

        Assert.True(_window.WantsReport);
        _window.OnReport(received: 0, dropped: 0);
        Assert.False(_window.WantsReport);
    }

    [Fact]
    public void What_is_written_off_is_counted()
    {
        _window.OnReport(received: 0, dropped: 0);
        _window.OnSent(70);

        Assert.Equal(70, _window.WriteOff());
        Assert.Equal(0, _window.InFlight);
    }

    [Theory]
    [InlineData(212_992, 92)]
    [InlineData(4_194_304, 1_820)]
    [InlineData(1, 32)]
    [InlineData(1L << 40, 4_096)]
    public void The_window_fits_half_of_a_socket_buffer(long bufferBytes, int datagrams)
    {
        Assert.Equal(datagrams, SendWindow.DatagramsFor(bufferBytes));
    }

    [Fact]
    public void A_metrics_page_tells_what_UDP_listeners_received_and_what_the_kernel_dropped()
    {
        var counters = ReceiverCounters.Read("""
            # HELP hotpath_datagrams_received_total Datagrams or calls received.
            # TYPE hotpath_datagrams_received_total counter
            hotpath_datagrams_received_total{listener="udp:127.0.0.1:9999"} 1200
            hotpath_datagrams_received_total{listener="udp:127.0.0.1:9998"} 1.5e+3
            hotpath_datagrams_received_total{listener="kinesis:127.0.0.1:4568"} 77
            hotpath_datagrams_dropped_total{listener="udp:127.0.0.1:9999",reason="kernel"} 34
            hotpath_datagrams_dropped_total{listener="udp:127.0.0.1:9999",reason="malformed"} 5
            hotpath_received_bytes_total{listener="udp:127.0.0.1:9999"} 99
            """u8);

        Assert.Equal(new ReceiverCounters(Received: 2_700, Dropped: 34), counters);
    }
}

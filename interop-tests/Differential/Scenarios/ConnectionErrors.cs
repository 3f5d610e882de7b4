using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;
using AmqpBroker.Protocol;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>What closes the whole connection: wrong states, unknown methods, wrong frames, limits.</summary>
internal static class ConnectionErrors
{
    private static readonly byte[] s_publishToNowhere = [0, 60, 0, 40, 0, 0, 0, 1, (byte)'q', 0];

    public static void method_on_a_channel_never_opened(Script s)
    {
        Peer peer = s.Connect();
        peer[1].Call(new TxSelect(), "tx.select-ok");
        peer.WaitClosed();
    }

    public static void method_on_a_channel_closed_by_the_server(Script s)
    {
        Ch ch = s.Channel();
        ch.Reopens = false;
        ch.Passive("missing");
        ch.Call(new BasicQos(0, 1, false), "basic.qos-ok");
        ch.Peer.WaitClosed();
    }

    public static void close_crosses_an_error(Script s)
    {
        Peer peer = s.Connect();
        peer[1].Send(new TxSelect());
        peer.Close();
    }

    public static void second_open(Script s)
    {
        Ch ch = s.Channel();
        ch.Open();
        ch.Peer.WaitClosed();
    }

    public static void channel_close_ok_out_of_the_blue(Script s)
    {
        Ch ch = s.Channel();
        ch.Send(new ChannelCloseOk());
        ch.Declare("q");
        ch.Peer.WaitClosed();
    }

    public static void channel_close_ok_on_a_closed_channel(Script s)
    {
        Peer peer = s.Connect();
        peer[1].Send(new ChannelCloseOk());
        peer.Channel().Declare("q");
    }

    public static void channel_close_on_a_closed_channel(Script s)
    {
        Peer peer = s.Connect();
        peer[1].Close();
        peer.WaitClosed();
    }

    public static void channel_flow_false(Script s) => s.Channel().Call(new ChannelFlow(false), "channel.flow-ok");

    public static void channel_flow_ok(Script s)
    {
        Ch ch = s.Channel();
        ch.Send(new ChannelFlowOk(true));
        ch.Declare("q");
    }

    public static void access_request(Script s) =>
        s.Channel().Call(new AccessRequest(ShortString.FromString("/data"), false, true, true, true, true), "access.request-ok");

    public static void method_of_an_unknown_class(Script s) => Payload(s, [0, 77, 0, 1]);

    public static void unknown_method(Script s) => Payload(s, [0, 50, 0, 99]);

    public static void method_only_a_server_sends(Script s) => Payload(s, [0, 50, 0, 21]);

    public static void deliver_from_a_client(Script s) => Payload(s, [0, 60, 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    public static void connection_method_on_a_channel(Script s) => Payload(s, [0, 10, 0, 40, 1, (byte)'/', 0, 0]);

    public static void channel_method_on_channel_0(Script s) => Payload(s, [0, 20, 0, 10, 0], channel: 0);

    public static void basic_method_on_channel_0(Script s) => Payload(s, [0, 60, 0, 10, 0, 0, 0, 0, 0, 1, 0], channel: 0);

    public static void start_ok_on_an_open_connection(Script s)
    {
        Peer peer = s.Connect();
        peer.Start([]);
        peer.WaitClosed();
    }

    public static void open_on_an_open_connection(Script s)
    {
        Peer peer = s.Connect();
        peer.Open("/");
        peer.WaitClosed();
    }

    public static void tune_ok_on_an_open_connection(Script s)
    {
        Peer peer = s.Connect();
        peer.TuneOk();
        peer.WaitClosed();
    }

    public static void arguments_that_end_too_early(Script s) => Payload(s, [0, 50, 0, 10, 0, 0, 5, (byte)'q']);

    public static void arguments_that_go_on(Script s) => Payload(s, [0, 90, 0, 10, 1, 2, 3]);

    public static void malformed_table(Script s) =>
        Payload(s, [0, 50, 0, 10, 0, 0, 1, (byte)'q', 0, 0, 0, 0, 3, 1, (byte)'a', (byte)'?']);

    public static void payload_of_two_octets(Script s) => Payload(s, [0, 50]);

    public static void empty_method_frame(Script s) => Payload(s, []);

    public static void unknown_frame_type(Script s) => Frame(s, 5, [1, 2, 3]);

    public static void frame_type_0(Script s) => Frame(s, 0, [49, 50, 51, 52, 53, 54, 55, 56, 57, 48, 0, 49, 50, 51, 52, 53, 1]);

    public static void frame_without_frame_end(Script s) => Frame(s, 1, [0, 90, 0, 10], end: 7);

    public static void frame_that_is_too_large(Script s)
    {
        Peer peer = s.Connect();
        peer.SendFrame(3, 1, [], length: 131073);
        peer.WaitClosed();
    }

    public static void frame_too_large_by_the_tolerance(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        string queue = s["q"];
        ch.Send(new BasicPublish(ShortString.Empty, ShortString.FromString(queue), false, false));
        Header(ch, 131072);
        ch.Peer.SendFrame(3, ch.Number, new byte[131072]);
        ch.GetWhenThere("q");
    }

    public static void heartbeat_on_a_channel(Script s) => Frame(s, 8, []);

    public static void heartbeat_with_a_payload(Script s) => Frame(s, 8, [1], channel: 0);

    public static void header_without_a_method(Script s) => Frame(s, 2, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

    public static void body_without_a_method(Script s) => Frame(s, 3, [1, 2]);

    public static void header_on_a_channel_never_opened(Script s)
    {
        Peer peer = s.Connect();
        peer.SendFrame(2, 7, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        peer.WaitClosed();
    }

    public static void header_on_channel_0(Script s) => Frame(s, 2, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], channel: 0);

    public static void method_instead_of_a_header(Script s)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(1, ch.Number, s_publishToNowhere);
        ch.Call(new TxSelect(), "tx.select-ok");
        ch.Peer.WaitClosed();
    }

    public static void body_instead_of_a_header(Script s)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(1, ch.Number, s_publishToNowhere);
        ch.Peer.SendFrame(3, ch.Number, [1, 2, 3]);
        ch.Peer.WaitClosed();
    }

    public static void header_instead_of_a_body(Script s)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(1, ch.Number, s_publishToNowhere);
        Header(ch, 10);
        Header(ch, 10);
        ch.Peer.WaitClosed();
    }

    public static void method_instead_of_a_body(Script s)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(1, ch.Number, s_publishToNowhere);
        Header(ch, 10);
        ch.Call(new TxSelect(), "tx.select-ok");
        ch.Peer.WaitClosed();
    }

    public static void header_of_another_class(Script s)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(1, ch.Number, s_publishToNowhere);
        Header(ch, 10, classId: 50);
        ch.Peer.WaitClosed();
    }

    public static void header_with_a_weight(Script s)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(1, ch.Number, s_publishToNowhere);
        ch.Peer.SendFrame(2, ch.Number, [0, 60, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        ch.Peer.WaitClosed();
    }

    public static void header_that_is_too_short(Script s)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(1, ch.Number, s_publishToNowhere);
        ch.Peer.SendFrame(2, ch.Number, [0, 60, 0, 0, 0]);
        ch.Peer.WaitClosed();
    }

    public static void body_longer_than_announced(Script s)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(1, ch.Number, s_publishToNowhere);
        Header(ch, 3);
        ch.Peer.SendFrame(3, ch.Number, [1, 2, 3, 4]);
        ch.Declare("q");
    }

    public static void body_over_the_hard_limit(Script s)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(1, ch.Number, s_publishToNowhere);
        Header(ch, 536870913);
        ch.Declare("q");
    }

    public static void body_over_the_configured_limit(Script s)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(1, ch.Number, s_publishToNowhere);
        Header(ch, 400_000_000);
        ch.Declare("q");
    }

    public static void empty_body_frames(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Send(new BasicPublish(ShortString.Empty, ShortString.FromString(s["q"]), false, false));
        Header(ch, 2);
        ch.Peer.SendFrame(3, ch.Number, []);
        ch.Peer.SendFrame(3, ch.Number, [65]);
        ch.Peer.SendFrame(3, ch.Number, []);
        ch.Peer.SendFrame(3, ch.Number, [66]);
        ch.Get("q");
    }

    public static void body_frame_after_an_empty_body(Script s)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(1, ch.Number, s_publishToNowhere);
        Header(ch, 0);
        ch.Peer.SendFrame(3, ch.Number, []);
        ch.Peer.WaitClosed();
    }

    public static void more_channels_than_negotiated(Script s)
    {
        Peer peer = s.Raw();
        peer.Control.Muted = true;
        peer.Header();
        peer.Start(Peer.FullProperties);
        peer.TuneOk(channelMax: 3);
        peer.Open("/");
        peer.Control.Muted = false;
        peer.Channel();
        peer[900].Open();
        peer.Channel();
        peer.Channel();
        peer.WaitClosed();
    }

    public static void channel_number_above_channel_max(Script s)
    {
        Peer peer = s.Connect();
        peer[5000].Open();
        peer[65535].Open();
        peer[65535].Declare("q");
    }

    public static void other_channels_go_on_after_a_channel_error(Script s)
    {
        Ch one = s.Channel();
        Ch two = one.Peer.Channel();
        two.Declare("q");
        two.Consume("q");
        one.Passive("missing");
        two.PublishTo("q", "1");
        two.Take();
        one.Declare("q");
    }

    private static void Payload(Script s, byte[] payload, int channel = 1) => Frame(s, 1, payload, channel);

    private static void Frame(Script s, byte type, byte[] payload, int channel = 1, byte end = 206)
    {
        Ch ch = s.Channel();
        ch.Peer.SendFrame(type, channel, payload, end);
        ch.Peer.Pump(() => ch.IsClosed || ch.Peer.IsClosed, TimeSpan.FromSeconds(2));
        if (ch.Peer.IsClosed)
        {
            ch.Peer.WaitClosed();
        }
    }

    private static void Header(Ch ch, ulong bodyBytes, byte classId = 60)
    {
        byte[] payload = new byte[14];
        payload[1] = classId;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(payload.AsSpan(4), bodyBytes);
        ch.Peer.SendFrame(2, ch.Number, payload);
    }
}

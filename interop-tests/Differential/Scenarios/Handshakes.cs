using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>From the protocol header to open, the tuning, and how connections and channels end.</summary>
internal static class Handshakes
{
    public static void start_as_a_whole(Script s) => s.Raw().Header();

    public static void capabilities(Script s)
    {
        Peer peer = s.Raw();
        peer.Control.Muted = true;
        peer.Header();
        peer.Control.Muted = false;
        peer.Control.Record(peer.ServerCapabilities);
    }

    public static void tune(Script s)
    {
        Peer peer = Started(s);
        peer.Start(Peer.FullProperties);
    }

    public static IEnumerable<(string, Action<Script>)> protocol_header()
    {
        (string, byte[])[] headers =
        [
            ("older", [.. "AMQP"u8, 1, 1, 8, 0]), ("zero_nine", [.. "AMQP"u8, 1, 1, 0, 9]), ("newer", [.. "AMQP"u8, 0, 1, 0, 0]), ("sasl", [.. "AMQP"u8, 3, 1, 0, 0]),
            ("other_minor", [.. "AMQP"u8, 0, 0, 9, 2]), ("other_protocol", [.. "HELO"u8, 0, 0, 9, 1]), ("zero_eight", [.. "AMQP"u8, 0, 0, 8, 0]), ("zero_ten", [.. "AMQP"u8, 1, 1, 0, 10]),
        ];
        return headers.Select(h => (h.Item1, (Action<Script>)(s =>
        {
            Peer peer = s.Raw();
            peer.Control.IsStartMuted = true;
            peer.Header(h.Item2);
            if (peer.IsClosed)
            {
                peer.WaitClosed();
            }
        })));
    }

    public static void wrong_password(Script s) => Refused(s, Peer.FullProperties, "\0guest\0wrong");

    public static void unknown_user(Script s) => Refused(s, Peer.FullProperties, "\0nobody\0guest");

    public static void empty_password(Script s) => Refused(s, Peer.FullProperties, "\0guest\0");

    public static void wrong_password_without_the_capability(Script s) => Refused(s, [], "\0guest\0wrong");

    public static void authorisation_id_is_ignored(Script s) => Refused(s, Peer.FullProperties, "somebody\0guest\0guest");

    public static void malformed_plain_response(Script s) => Refused(s, Peer.FullProperties, "guest");

    public static void empty_plain_response(Script s) => Refused(s, Peer.FullProperties, "");

    public static void unknown_mechanism(Script s) => Refused(s, Peer.FullProperties, "x", "ROT13");

    public static void mechanism_in_small_letters(Script s) => Refused(s, Peer.FullProperties, "\0guest\0guest", "plain");

    public static void amqplain(Script s) => Refused(s, Peer.FullProperties, "\u0005LOGINS\0\0\0\u0005guest\u0008PASSWORDS\0\0\0\u0005guest", "AMQPLAIN");

    public static void amqplain_with_a_wrong_password(Script s) => Refused(s, Peer.FullProperties, "\u0005LOGINS\0\0\0\u0005guest\u0008PASSWORDS\0\0\0\u0005wrong", "AMQPLAIN");

    public static void amqplain_without_a_password(Script s) => Refused(s, Peer.FullProperties, "\u0005LOGINS\0\0\0\u0005guest", "AMQPLAIN");

    public static void another_locale(Script s)
    {
        Peer peer = Started(s);
        peer.Start([], locale: "xx_YY");
    }

    public static IEnumerable<(string, Action<Script>)> tune_ok()
    {
        (string, ushort Channels, uint Frame, ushort Heartbeat)[] values =
        [
            ("channel_max_too_high", 2048, 131072, 0), ("channel_max_5000", 5000, 131072, 0), ("channel_max_unlimited", 0, 131072, 0), ("frame_max_too_high", 2047, 131073, 0), ("frame_max_unlimited", 2047, 0, 0),
            ("frame_max_too_low", 2047, 4095, 0), ("frame_max_1024", 2047, 1024, 0), ("frame_max_lowest", 2047, 4096, 0), ("smallest", 1, 4096, 0), ("both_wrong", 5000, 100, 0), ("long_heartbeat", 2047, 131072, 65535),
        ];
        return values.Select(v => (v.Item1, (Action<Script>)(s =>
        {
            Peer peer = Started(s);
            peer.Start(Peer.FullProperties);
            peer.TuneOk(v.Channels, v.Frame, v.Heartbeat);
            peer.Open("/");
            if (peer.IsClosed)
            {
                peer.WaitClosed();
            }
            else
            {
                peer.Channel();
            }
        })));
    }

    public static void missing_virtual_host(Script s)
    {
        Peer peer = Tuned(s);
        peer.Open("missing");
        peer.WaitClosed();
    }

    public static void empty_virtual_host(Script s)
    {
        Peer peer = Tuned(s);
        peer.Open("");
        peer.WaitClosed();
    }

    public static void open_too_early(Script s)
    {
        Peer peer = Started(s);
        peer.Open("/");
        peer.WaitClosed();
    }

    public static void tune_ok_too_early(Script s)
    {
        Peer peer = Started(s);
        peer.TuneOk();
        peer.WaitClosed();
    }

    public static void start_ok_twice(Script s)
    {
        Peer peer = Started(s);
        peer.Start([]);
        peer.Start([]);
        peer.WaitClosed();
    }

    public static void channel_open_too_early(Script s)
    {
        Peer peer = Tuned(s);
        peer[1].Open();
        peer.WaitClosed();
    }

    public static void close_while_tuning(Script s)
    {
        Peer peer = Started(s);
        peer.Start([]);
        peer.Close();
        peer.WaitClosed();
    }

    public static void close_while_starting(Script s)
    {
        Peer peer = Started(s);
        peer.Close();
        peer.WaitClosed();
    }

    public static void large_client_properties(Script s)
    {
        Peer peer = Started(s);
        peer.Start([("text", new string('x', 3500))]);
        peer.TuneOk();
        peer.Open("/");
    }

    public static void client_properties_of_all_types(Script s)
    {
        Peer peer = Started(s);
        peer.Start([("a", 1), ("capabilities", "none"), ("connection_name", 5), ("product", null)]);
        peer.TuneOk();
        peer.Open("/");
        peer.Channel();
    }

    public static void close_of_the_connection(Script s)
    {
        Peer peer = s.Connect();
        peer.Channel().Declare("q", exclusive: true);
        peer.Close();
        s.Channel().Passive("q");
    }

    public static void close_of_the_connection_with_unfinished_content(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Send(new Protocol.BasicPublish(Protocol.ShortString.Empty, Protocol.ShortString.FromString(s["q"]), false, false));
        ch.Peer.Close();
        s.Channel().Get("q");
    }

    public static void update_secret(Script s)
    {
        Peer peer = s.Connect();
        peer.Control.Call(new Protocol.ConnectionUpdateSecret("guest"u8.ToArray(), Protocol.ShortString.FromString("test")), "connection.update-secret-ok");
        peer.Channel().Declare("q");
    }

    public static void update_secret_to_a_wrong_one(Script s)
    {
        Peer peer = s.Connect();
        peer.Control.Call(new Protocol.ConnectionUpdateSecret("wrong"u8.ToArray(), Protocol.ShortString.FromString("test")), "connection.update-secret-ok");
    }

    public static void channel_close_and_reopen(Script s)
    {
        Ch ch = s.Channel();
        ch.Close();
        ch.Open();
        ch.Close();
        ch.Open();
        ch.Declare("q");
    }

    public static void frames_behind_a_channel_error_are_swallowed(Script s)
    {
        Ch ch = s.Channel();
        ch.Reopens = false;
        ch.AnswersCloses = false;
        ch.Declare("q");
        ch.Send(new Protocol.QueueDeclare(Protocol.ShortString.FromString("missing"), true, false, false, false, false, Protocol.FieldTable.Empty));
        ch.PublishTo("q", "swallowed", "too");
        ch.Send(new Protocol.BasicAck(77, false));
        ch.Send(new Protocol.BasicGet(Protocol.ShortString.FromString(s["q"]), true));
        ch.WaitClosed();
        ch.Send(new Protocol.TxSelect());
        ch.Send(new Protocol.ChannelCloseOk());
        ch.Reopens = true;
        ch.Get("q");
    }

    public static void channel_closes_cross(Script s)
    {
        Ch ch = s.Channel();
        ch.Reopens = false;
        ch.AnswersCloses = false;
        ch.Passive("missing");
        ch.Send(new Protocol.ChannelClose((Protocol.ReplyCode)200, Protocol.ShortString.FromString("bye"), 0, 0));
        ch.AwaitCloseOk();
        ch.Send(new Protocol.ChannelCloseOk());
        ch.Open();
        ch.Declare("q");
    }

    public static void connection_close_after_a_channel_error(Script s)
    {
        Ch ch = s.Channel();
        ch.AnswersCloses = false;
        ch.Passive("missing");
        ch.Peer.Close();
    }

    public static void unfinished_content_behind_a_channel_error(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.AnswersCloses = false;
        ch.Reopens = false;
        ch.Send(new Protocol.BasicPublish(Protocol.ShortString.FromString("missing"), Protocol.ShortString.Empty, false, false));
        ch.Peer.SendFrame(2, ch.Number, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        ch.Send(new Protocol.BasicPublish(Protocol.ShortString.Empty, Protocol.ShortString.FromString(s["q"]), false, false));
        ch.WaitClosed();
        ch.Peer.SendFrame(2, ch.Number, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0]);
        ch.Send(new Protocol.ChannelCloseOk());
        ch.Reopens = true;
        ch.Get("q");
    }

    private static Peer Started(Script s)
    {
        Peer peer = s.Raw();
        peer.Control.Muted = true;
        peer.Header();
        peer.Control.Muted = false;
        return peer;
    }

    private static Peer Tuned(Script s)
    {
        Peer peer = Started(s);
        peer.Start(Peer.FullProperties);
        peer.TuneOk();
        return peer;
    }

    private static void Refused(Script s, (string, object?)[] properties, string response, string mechanism = "PLAIN")
    {
        Peer peer = Started(s);
        peer.Start(properties, mechanism, response);
        if (peer.IsClosed)
        {
            peer.WaitClosed();
        }
    }
}

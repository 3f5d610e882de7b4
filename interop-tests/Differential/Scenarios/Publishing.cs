using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>basic.publish with all its properties; returns, confirms, transactions, direct reply-to.</summary>
internal static class Publishing
{
    public static void all_properties(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Publish("", "q", "body", new Props
        {
            ContentType = "text/plain",
            ContentEncoding = "utf-8",
            Headers = [("a", 1)],
            DeliveryMode = 2,
            Priority = 7,
            CorrelationId = "c",
            ReplyTo = "r",
            Expiration = "100000",
            MessageId = "m",
            Timestamp = 1234567890123,
            Type = "t",
            UserId = "guest",
            AppId = "app",
            ClusterId = "cluster",
        });
        ch.Publish("", "q", "", new Props { DeliveryMode = 1, Priority = 255, ContentType = "", Headers = [] });
        ch.Get("q");
        ch.Get("q");
    }

    public static void every_header_type(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Publish("", "q", "1", new Props
        {
            Headers =
            [
                ("bool", true), ("false", false), ("byte", (sbyte)-5), ("unsigned byte", (byte)250), ("short", (short)-300), ("unsigned short", (ushort)60000),
                ("int", -70000), ("unsigned int", 4_000_000_000u), ("long", long.MinValue), ("L", Fields.Number('L', -1)), ("float", 1.5f), ("double", -1e300), ("decimal", Fields.Decimal(2, 12345)),
                ("text", "größe"), ("no text", ""), ("binary", new byte[] { 0, 255 }), ("array", new object?[] { 1, "a", null, new object?[] { true } }), ("empty array", Array.Empty<object?>()),
                ("time", DateTimeOffset.FromUnixTimeSeconds(1_000_000_000)), ("far", Fields.Number('T', -1)), ("table", new (string, object?)[] { ("x", new (string, object?)[] { ("y", 1.0) }) }), ("empty table", Array.Empty<(string, object?)>()), ("void", null), ("", 1),
                ("twice", 1), ("twice", "2"),
            ],
        });
        ch.Get("q");
    }

    public static void not_a_number_in_headers(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Publish("", "q", "1", new Props { Headers = [("nan", double.NaN)] });
        ch.Get("q");
    }

    public static IEnumerable<(string, Action<Script>)> delivery_mode() =>
        ((byte[])[0, 1, 2, 3, 255]).Select(mode => ($"{mode}", (Action<Script>)(s =>
        {
            Ch ch = s.Channel();
            ch.Declare("q");
            ch.Publish("", "q", "1", new Props { DeliveryMode = mode });
            ch.Get("q");
        })));

    public static void bodies(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        foreach (int size in (int[])[0, 1, 4096, 131063, 131064, 131065, 400_000])
        {
            ch.PublishTo("q", new string((char)('a' + (size % 26)), size));
        }

        while (ch.Get("q") is not null)
        {
        }
    }

    public static void header_bytes_that_are_no_properties(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        byte[] properties = [0x80, 0x00, 200, 65];
        byte[] header = [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, .. properties];
        ch.Send(new Protocol.BasicPublish(Protocol.ShortString.Empty, Protocol.ShortString.FromString(s["q"]), false, false));
        ch.Peer.SendFrame(2, ch.Number, header);
        ch.Peer.WaitClosed();
    }

    public static void mandatory(Script s)
    {
        Ch ch = s.Channel();
        ch.Publish("", "nowhere", "1", new Props { MessageId = "m", Headers = [("a", 1)] }, mandatory: true);
        ch.AwaitReturns(1);
        ch.Publish("amq.topic", "no.where", "2", mandatory: true);
        ch.AwaitReturns(2);
        ch.Publish("amq.topic", "no.where", "", mandatory: true);
        ch.AwaitReturns(3);
        ch.Declare("q");
        ch.Publish("", "q", "4", mandatory: true);
        ch.Get("q");
    }

    public static void immediate(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Publish("", "q", "1", immediate: true);
        ch.Peer.WaitClosed();
    }

    public static void user_id(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Publish("", "q", "1", new Props { UserId = "guest" });
        ch.Get("q");
        ch.Publish("", "q", "2", new Props { UserId = "somebody" });
        ch.WaitClosed();
        ch.Publish("", "q", "3", new Props { UserId = "" });
        ch.WaitClosed();
    }

    public static IEnumerable<(string, Action<Script>)> expiration()
    {
        string[] values = ["", "-1", "-10", "1.5", "foobar", "10000foobar", "+10000", " 10000", "10000 ", "0x10", "315360000000", "315360000001", "99999999999999999999", "010000"];
        return values.Select((value, i) => ($"{i}", (Action<Script>)(s =>
        {
            Ch ch = s.Channel();
            ch.Declare("q");
            ch.Publish("", "q", "1", new Props { Expiration = value });
            ch.Get("q");
        })));
    }

    public static void carbon_copies(Script s)
    {
        Ch ch = s.Channel();
        foreach (string queue in (string[])["a", "b", "c"])
        {
            ch.Declare(queue);
        }

        ch.Publish("", "a", "1", new Props { Headers = [("CC", new object?[] { s["b"] }), ("BCC", new object?[] { s["c"] }), ("x", 1)] });
        ch.Publish("", "a", "2", new Props { Headers = [("BCC", new object?[] { s["c"], s["c"], s["a"] })] });
        ch.Publish("", "nowhere", "3", new Props { Headers = [("CC", new object?[] { s["b"], 5, null, s["c"] })] }, mandatory: true);
        foreach (string queue in (string[])["a", "b", "c"])
        {
            while (ch.Get(queue) is not null)
            {
            }
        }
    }

    public static IEnumerable<(string, Action<Script>)> carbon_copy_of_a_wrong_type()
    {
        foreach (string name in (string[])["CC", "BCC"])
        {
            foreach ((string type, object? value) in ((string, object?)[])[("text", "b"), ("int", 1), ("table", Array.Empty<(string, object?)>()), ("void", null), ("empty", Array.Empty<object?>())])
            {
                yield return ($"{name}.{type}", s =>
                {
                    Ch ch = s.Channel();
                    ch.Declare("q");
                    ch.Confirm();
                    ch.Publish("", "q", "1", new Props { Headers = [(name, value)] });
                    ch.AwaitConfirms();
                    ch.Get("q");
                }
                );
            }
        }
    }

    public static void bcc_is_taken_off_returned_messages_too(Script s)
    {
        Ch ch = s.Channel();
        ch.Publish("", "nowhere", "1", new Props { Headers = [("BCC", new object?[] { "nobody" }), ("CC", new object?[] { "nobody" })] }, mandatory: true);
        ch.AwaitReturns(1);
    }

    public static void bcc_given_twice(Script s)
    {
        Ch ch = s.Channel();
        ch.Declare("q");
        ch.Publish("", "q", "1", new Props { Headers = [("BCC", new object?[] { "nobody" }), ("BCC", new object?[] { s["q"] })] });
        ch.GetWhenThere("q");
    }

    public static void line_breaks_in_an_exchange_name(Script s)
    {
        Ch ch = s.Channel();
        ch.Publish("missing\r\n", "k", "1");
        ch.WaitClosed();
    }
}

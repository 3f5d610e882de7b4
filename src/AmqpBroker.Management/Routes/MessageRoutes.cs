using System.Text;
using System.Text.Unicode;
using AmqpBroker.Core.Clients;
using AmqpBroker.Management.Model;
using AmqpBroker.Management.Requests;
using AmqpBroker.Server.Alarms;

namespace AmqpBroker.Management.Routes;

/// <summary>Messages in and out of queues, for people who look around.</summary>
internal static class MessageRoutes
{
    /// <summary>Messages in one answer, at most.</summary>
    private const int MaxMessages = 50_000;

    /// <summary>
    /// Bodies in one answer, in bytes: the next message after so many is left in its queue. Four answers at a time, each with
    /// its JSON, stay below 200 MB.
    /// </summary>
    private const long MaxBodyBytes = 16 * 1024 * 1024;

    public static async Task PublishAsync(ApiRequest request)
    {
        request.VirtualHost();
        if (request.Sources.Server.Alarms.Active != Shortages.None)
        {
            // Clients' connections are blocked; who asks over HTTP is told instead of being kept waiting.
            throw ApiException.Unavailable("publishers are blocked: an alarm is in effect");
        }

        RequestFields body = await RequestFields.ReadAsync(request, "routing_key", "properties", "payload", "payload_encoding").ConfigureAwait(false);
        if (body.Value("payload") is not string payload)
        {
            throw ApiException.BadRequest("payload_not_string");
        }

        var message = new OutgoingMessage(
            ExchangeRoutes.NameOf(request.Names[1]),
            body.RequiredText("routing_key"),
            Properties(body.Value("properties")),
            Decode(payload, body.RequiredText("payload_encoding")));
        bool routed = await request.UseClientAsync(client => client.PublishAsync(message, request.Cancellation), RefusalStyle.Publish)
            .ConfigureAwait(false);
        await Reply.ObjectAsync(request, new RoutedJson(routed), ManagementJson.Default.RoutedJson).ConfigureAwait(false);
    }

    public static async Task GetAsync(ApiRequest request)
    {
        RequestFields body = await RequestFields.ReadAsync(request, "count", "ackmode", "encoding").ConfigureAwait(false);
        long count = body.Number("count") ?? 0;
        (bool autoAck, bool requeue) = AckMode(body.RequiredText("ackmode"));
        bool base64 = body.RequiredText("encoding") switch
        {
            "auto" => false,
            "base64" => true,
            _ => throw ApiException.BadRequest("Unsupported encoding. Please use auto or base64."),
        };
        long truncate = Math.Clamp(body.Number("truncate") ?? long.MaxValue, 0, MaxBodyBytes);
        List<TakenMessage> taken = await request.UseClientAsync(
            client => TakeAsync(request, client, (int)Math.Clamp(count, 0, MaxMessages), autoAck, requeue), RefusalStyle.Close, (int)truncate)
            .ConfigureAwait(false);
        await Reply.ListAsync(request, taken.Select(m => Describe(m, base64)), ManagementJson.Default.MessageJson).ConfigureAwait(false);
    }

    private static async Task<List<TakenMessage>> TakeAsync(ApiRequest request, BrokerClient client, int count, bool autoAck, bool requeue)
    {
        var taken = new List<TakenMessage>();
        long bytes = 0;
        while (taken.Count < count && bytes < MaxBodyBytes
            && await client.GetAsync(request.Names[1], autoAck, request.Cancellation).ConfigureAwait(false) is { } message)
        {
            taken.Add(message);
            bytes += message.Body.Length;
        }

        if (!autoAck)
        {
            // Not before the last is taken: what is given back is the first again. From the newest on, so that each returns to its place at once.
            for (int i = taken.Count - 1; i >= 0; i--)
            {
                await client.RejectAsync(taken[i].DeliveryTag, requeue, request.Cancellation).ConfigureAwait(false);
            }
        }

        return taken;
    }

    private static (bool AutoAck, bool Requeue) AckMode(string mode) => mode switch
    {
        "ack_requeue_true" or "reject_requeue_true" => (false, true),
        "ack_requeue_false" => (true, false),
        "reject_requeue_false" => (false, false),
        _ => throw ApiException.BadTerm("unknown ackmode", mode),
    };

    private static MessageJson Describe(TakenMessage message, bool base64)
    {
        ReadOnlySpan<byte> body = message.Body.Span;
        bool asText = !base64 && Utf8.IsValid(body);
        return new MessageJson(
            message.BodyBytes,
            message.Redelivered,
            message.Exchange,
            message.RoutingKey,
            message.MessagesLeft,
            new PropertiesJson(message.Properties),
            asText ? Encoding.UTF8.GetString(body) : Convert.ToBase64String(body),
            asText ? "string" : "base64");
    }

    private static IReadOnlyList<KeyValuePair<string, object?>> Properties(object? value) => value switch
    {
        IReadOnlyList<KeyValuePair<string, object?>> members => members,
        IReadOnlyList<object?> { Count: 0 } => [],
        _ => throw ApiException.BadRequest("properties should be an object"),
    };

    private static byte[] Decode(string payload, string encoding)
    {
        switch (encoding)
        {
            case "string":
                return Encoding.UTF8.GetBytes(payload);
            case "base64":
                byte[] bytes = new byte[payload.Length];
                return Convert.TryFromBase64String(payload, bytes, out int written) ? bytes[..written] : throw ApiException.BadTerm("not_base64", Short(payload));
            default:
                throw ApiException.BadTerm("unsupported_encoding", encoding);
        }
    }

    /// <summary>What is wrong can be seen at the beginning: an answer is not as long as what was asked.</summary>
    private static string Short(string text) => text.Length <= 100 ? text : $"{text[..100]}...";
}

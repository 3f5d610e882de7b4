using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Duels;

/// <content>Words of scripts that have a flavour.</content>
internal static partial class Steps
{
    /// <summary>The name that replies to a channel are consumed from.</summary>
    public const string ReplyTo = "amq.rabbitmq.reply-to";

    /// <summary>Of consumers of replies: other ones than those of queues, which RabbitMQ lets have the same (<c>spec/errata.md</c>).</summary>
    public static readonly string[] ReplyTags = ["r1", "r2"];

    /// <summary>Sends several steps of one channel in one write, then takes in what comes of them.</summary>
    public static Step Together(int ch, Step[] steps) =>
        new(
            $"Together({ch}, [{string.Join(", ", steps.Select(s => s.Code))}])",
            stage =>
            {
                Ch channel = stage.Channel(ch).Ch;
                if (channel.IsClosed)
                {
                    channel.Open();
                }

                channel.Peer.Hold();
                foreach (Step step in steps)
                {
                    step.Act(stage);
                }

                channel.Peer.Release();
            });

    /// <summary>Consumes one message at a time; does nothing if the channel has a consumer of this tag.</summary>
    public static Step ConsumeOneByOne(int ch, string queue, string tag) =>
        new(
            $"{new Code(nameof(ConsumeOneByOne), ch, queue, tag)}",
            stage =>
            {
                Actor actor = stage.Channel(ch);
                if (!actor.HasConsumer(tag))
                {
                    actor.NoteConsumer(tag, noAck: false);
                    actor.Ch.Qos(1);
                    actor.Ch.Consume(queue, tag);
                }
            });

    /// <summary>
    /// Fetches a message and gives it back, or rejects it. At once: RabbitMQ counts who has fetched from a quorum queue as a consumer of
    /// it (<c>spec/errata.md</c>).
    /// </summary>
    public static Step GetAndReject(int ch, string queue, bool drop = false) =>
        new(
            $"{new Code(nameof(GetAndReject), ch, queue).With("drop", drop)}",
            stage =>
            {
                Ch channel = stage.Channel(ch).Ch;
                if (channel.Get(queue) is { } got)
                {
                    channel.Reject(got.Tag, requeue: !drop);
                }
            });

    /// <summary>Consumes the replies to a channel.</summary>
    public static Step ConsumeReplies(int ch, string tag) => Consume(ch, ReplyTo, tag, noAck: true);

    /// <summary>Sends a request to a queue; consumes replies first if the channel does not.</summary>
    public static Step Ask(int ch, string queue, string body) =>
        new(
            $"{new Code(nameof(Ask), ch, queue, body)}",
            stage =>
            {
                Actor actor = stage.Channel(ch);
                if (!ReplyTags.Any(actor.HasConsumer))
                {
                    actor.NoteConsumer(ReplyTags[0], noAck: true);
                    actor.Ch.Consume(ReplyTo, ReplyTags[0], noAck: true);
                }

                actor.Ch.Publish("", queue, body, new Props { ReplyTo = ReplyTo });
                actor.Ch.AwaitConfirms();
            });

    /// <summary>Fetches all requests of a queue and replies to each.</summary>
    public static Step Answer(int ch, string queue, string body) =>
        new(
            $"{new Code(nameof(Answer), ch, queue, body)}",
            stage =>
            {
                Ch channel = stage.Channel(ch).Ch;
                for (int i = 0; !channel.IsClosed && channel.Get(queue, noAck: true) is { } request; i++)
                {
                    stage.NoteReplyName(request);
                    channel.Publish("", request.ReplyTo, $"{body}.{i}");
                    channel.AwaitConfirms();
                }
            });

    /// <summary>Replies to a request that was fetched, by number from the last on.</summary>
    public static Step Reply(int ch, int number, string body) =>
        new(
            $"{new Code(nameof(Reply), ch, number, body)}",
            stage =>
            {
                if (stage.ReplyName(number) is { } name)
                {
                    Ch channel = stage.Channel(ch).Ch;
                    channel.Publish("", name, body);
                    channel.AwaitConfirms();
                }
            });

    /// <summary>Asks whether who sent a request still waits for its reply.</summary>
    public static Step LookForReplies(int ch, int number) =>
        new(
            $"{new Code(nameof(LookForReplies), ch, number)}",
            stage =>
            {
                if (stage.ReplyName(number) is { } name)
                {
                    stage.Channel(ch).Ch.Passive(name);
                }
            });

    /// <summary>
    /// Publishes a message that expires, and lets time pass in the same step: between two, one broker's message may have expired and
    /// the other's not.
    /// </summary>
    public static Step PublishAndPass(int ch, string queue, string body, string expiration, int milliseconds) =>
        new(
            $"{new Code(nameof(PublishAndPass), ch, queue, body, expiration, milliseconds)}",
            stage =>
            {
                Ch channel = stage.Channel(ch).Ch;
                channel.Publish("", queue, body, new Props { Expiration = expiration });
                channel.AwaitConfirms();
                stage.Script.Pass(milliseconds);
            });

    /// <summary>Lets time pass.</summary>
    public static Step Pass(int milliseconds) => new($"{new Code(nameof(Pass), milliseconds)}", stage => stage.Script.Pass(milliseconds));

    /// <summary>Puts a policy in the script's virtual host; <c>{name}</c> stands for the script's own name.</summary>
    public static Step Policy(string name, string pattern, string definition, int priority, string applyTo) =>
        new(
            $"{new Code(nameof(Policy), name, pattern, definition, priority, applyTo)}",
            stage =>
            {
                stage.Script.Http(
                    "PUT", $"/api/policies/{{vhost}}/{name}",
                    $$"""{"pattern": "{{pattern}}", "definition": {{definition}}, "priority": {{priority}}, "apply-to": "{{applyTo}}"}""");
                stage.Script.Pass(PolicyDelay);
            })
        { OnOwnHost = true };

    /// <summary>Deletes a policy, be there one or not.</summary>
    public static Step DeletePolicy(string name) =>
        new(
            $"{new Code(nameof(DeletePolicy), name)}",
            stage =>
            {
                stage.Script.Http("DELETE", $"/api/policies/{{vhost}}/{name}");
                stage.Script.Pass(PolicyDelay);
            })
        { OnOwnHost = true };

    /// <summary>RabbitMQ's queues hear of a change of policies a little after its answer; in milliseconds.</summary>
    private const int PolicyDelay = 30;
}

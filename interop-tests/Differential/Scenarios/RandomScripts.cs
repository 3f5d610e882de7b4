using AmqpBroker.Differential.Runs;
using AmqpBroker.Differential.Wire;

namespace AmqpBroker.Differential.Scenarios;

/// <summary>
/// Seeded scripts of valid and invalid steps on one connection. Each step waits until all that it causes is over, so that the
/// next begins in the same state on both sides. <c>DIFFERENTIAL_SEEDS=FROM-TO</c> runs other seeds than the usual ones.
/// </summary>
internal static class RandomScripts
{
    private const int Steps = 60;

    private static readonly string[] s_queues = ["q", "r", "s"];
    private static readonly string[] s_exchanges = ["direct", "topic", "fanout", "headers"];
    private static readonly string[] s_keys = ["a", "a.b", "a.*", "#", "a.#", ""];

    private static readonly (string, object?)[][] s_arguments =
    [
        [], [], [("x-max-length", 2)], [("x-max-length", 3), ("x-overflow", "reject-publish")], [("x-max-priority", 3)], [("x-max-length-bytes", 12)],
        [("x-max-priority", 2), ("x-max-length", 3)], [("x-single-active-consumer", true)], [("x-max-length", -1)], [("x-message-ttl", 0)], [("x-max-length", 0)],
    ];

    private static readonly (string, object?)[][] s_headers = [[], [("h", 1)], [("h", "x"), ("i", true)], [("x-match", "any"), ("h", 1), ("i", true)], [("x-match", "all")]];

    public static IEnumerable<(string, Action<Script>)> seed()
    {
        string[] range = (Environment.GetEnvironmentVariable("DIFFERENTIAL_SEEDS") is { Length: > 0 } seeds ? seeds : "0-49").Split('-');
        return Enumerable.Range(int.Parse(range[0]), int.Parse(range[1]) - int.Parse(range[0]) + 1)
            .Select(seed => ($"{seed}", (Action<Script>)(s => new Walk(s, seed).Run())));
    }

    private sealed class Walk(Script s, int seed)
    {
        private readonly Random _random = new(seed);
        private readonly Ch _ch = s.Channel();
        private readonly Ch _publisher = s.Connect("publisher").Channel();
        private readonly List<ulong> _unacked = [];
        private readonly Dictionary<string, (string, object?)[]> _arguments = [];
        private int _published;

        public void Run()
        {
            foreach (string type in s_exchanges)
            {
                _ch.Exchange(type, type);
            }

            foreach (string queue in s_queues)
            {
                _arguments[queue] = Any(s_arguments);
                _ch.Declare(queue, args: _arguments[queue]);
                _ch.Bind(queue, Any(s_exchanges), Any(s_keys), args: Any(s_headers));
            }

            _publisher.Confirm();
            for (int i = 0; i < Steps && !_ch.Peer.IsClosed; i++)
            {
                Step();
            }
        }

        private void Step()
        {
            string queue = Any(s_queues);
            switch (_random.Next(20))
            {
                case 0 or 1:
                    bool other = Rarely();
                    _ch.Declare(queue, durable: other && Rarely(), autoDelete: other && Rarely(), exclusive: other && Rarely(), args: other ? Any(s_arguments) : _arguments[queue]);
                    break;
                case 2:
                    _ch.Bind(queue, Any(s_exchanges), Any(s_keys), args: Any(s_headers));
                    break;
                case 3:
                    _ch.Unbind(queue, Any(s_exchanges), Any(s_keys), Any(s_headers));
                    break;
                case 4 or 5 or 6:
                    Publish("", queue);
                    break;
                case 7 or 8:
                    Publish(Any(s_exchanges), Any(s_keys));
                    break;
                case 9 or 10 or 11 or 12:
                    bool noAck = Rarely();
                    Delivery? got = _ch.Get(queue, noAck);
                    NoteTag(noAck ? null : got);
                    break;
                case 13:
                    _ch.Ack(Tag(), multiple: Rarely());
                    break;
                case 14:
                    _ch.Nack(Tag(), multiple: Rarely(), requeue: !Rarely());
                    break;
                case 15:
                    _ch.Reject(Tag(), requeue: !Rarely());
                    break;
                case 16:
                    _ch.Recover();
                    _unacked.Clear();
                    break;
                case 17 when Rarely() && Rarely():
                    _ch.Delete(queue, ifUnused: Rarely(), ifEmpty: Rarely());
                    break;
                case 17 when Rarely():
                    _ch.Purge(queue);
                    break;
                case 18 when Rarely():
                    _ch.Close();
                    break;
                case 17 or 18:
                    ConsumeOne(queue);
                    break;
                default:
                    _ch.BindExchange(Any(s_exchanges), Any(s_exchanges), Any(s_keys));
                    break;
            }

            if (!_ch.IsClosed)
            {
                _ch.Sync();
            }

            if (_ch.IsClosed && _unacked.Count > 0)
            {
                // In RabbitMQ the queues hear of a channel's end by themselves, and tell nobody when they have.
                s.Pass(300);
                _unacked.Clear();
            }

            Settle();
        }

        /// <summary>Returns and closes of the step before reach the queues behind this.</summary>
        private void Settle()
        {
            foreach (string queue in s_queues)
            {
                _publisher.Publish("", queue + "-none", $"settle {_published++}");
            }

            _publisher.AwaitConfirms();
        }

        private void Publish(string exchange, string key)
        {
            Props props = new() { Priority = Rarely() ? (byte)_random.Next(5) : null, Headers = Rarely() ? Any(s_headers) : null, DeliveryMode = Rarely() ? (byte)2 : null };
            _publisher.Publish(exchange, key, $"message {_published++}", props, mandatory: Rarely());
            _publisher.AwaitConfirms();
        }

        /// <summary>A consumer for one message: its prefetch holds back more, and its cancel leaves the message unacknowledged.</summary>
        private void ConsumeOne(string queue)
        {
            if (_ch.Get(queue) is not { } got)
            {
                return;
            }

            _ch.Reject(got.Tag);
            _ch.Qos(1);
            _ch.Consume(queue, "once"); // gets the message that has just come back
            foreach (Delivery delivery in _ch.Take())
            {
                NoteTag(delivery);
            }

            _ch.Cancel("once");
        }

        private void NoteTag(Delivery? delivery)
        {
            if (delivery is not null)
            {
                _unacked.Add(delivery.Tag);
            }
        }

        /// <summary>A tag that is most often one of those that can be settled.</summary>
        private ulong Tag()
        {
            if (_unacked.Count == 0 || (Rarely() && Rarely()))
            {
                return (ulong)_random.Next(3);
            }

            ulong tag = Any([.. _unacked]);
            _unacked.Remove(tag);
            return tag;
        }

        private bool Rarely() => _random.Next(5) == 0;

        private T Any<T>(T[] values) => values[_random.Next(values.Length)];
    }
}

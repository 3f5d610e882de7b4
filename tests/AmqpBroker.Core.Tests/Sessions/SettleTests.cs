using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Sessions;

public sealed class SettleTests : IDisposable
{
    private readonly TestBroker _broker = new();
    private readonly TestChannel _channel;

    public SettleTests()
    {
        _channel = _broker.Connect().OpenChannel();
        _channel.DeclareQueue("q");
        for (int i = 0; i < 5; i++)
        {
            _channel.Publish("q", $"m{i}");
        }
    }

    [Theory]
    [InlineData(3ul, false, "m0 m1 m3 m4")]
    [InlineData(3ul, true, "m3 m4")]
    [InlineData(0ul, true, "")]
    public void Ack_settles_one_or_all_up_to_a_tag_and_0_means_all(ulong tag, bool multiple, string left)
    {
        TakeAll();
        _channel.Ack(tag, multiple);
        _channel.Close();
        Assert.Equal(left, string.Join(' ', _channel.Client.OpenChannel(2).Drain("q")));
    }

    [Fact]
    public void Returning_most_of_very_many_takes_no_longer_than_each_of_them_does()
    {
        const int Count = 200_000;
        for (int i = 5; i < Count; i++)
        {
            _channel.Publish("q", "");
        }

        _channel.Consume("q");
        _channel.Client.ExpectDeliveries(Count);
        _channel.Qos(1, global: true);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        _channel.Nack(Count - 10_000, multiple: true);
        _channel.Ack(Count);
        _channel.Close();
        // Some ten milliseconds; going through the gaps again each time takes longer than this a hundred times over.
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));
        Assert.Equal(Count - 1u, _channel.Client.OpenChannel(2).Ready("q"));
    }

    [Fact]
    public void Acking_all_when_there_is_nothing_is_fine()
    {
        _channel.Ack(0, multiple: true);
        _channel.Client.ExpectNothing();
    }

    [Theory]
    [InlineData(99ul, false)]
    [InlineData(99ul, true)]
    [InlineData(2ul, false)]
    [InlineData(2ul, true)]
    [InlineData(0ul, false)]
    public void An_unknown_or_settled_tag_closes_the_channel(ulong tag, bool multiple)
    {
        TakeAll();
        _channel.Ack(2);
        _channel.Ack(tag, multiple);
        _channel.ExpectClosed(ReplyCode.PreconditionFailed, $"unknown delivery tag {tag}");
    }

    [Fact]
    public void A_tag_of_another_channel_is_unknown()
    {
        ulong tag = _channel.Take("q");
        TestChannel other = _channel.Client.OpenChannel(2);
        other.Reject(tag, requeue: true);
        other.ExpectClosed(ReplyCode.PreconditionFailed, "unknown delivery tag 1");
    }

    [Fact]
    public void Nack_and_reject_without_requeue_end_the_message()
    {
        TakeAll();
        _channel.Nack(2, multiple: true, requeue: false);
        _channel.Reject(3, requeue: false);
        _channel.Nack(0, multiple: true);
        Assert.Equal(["m3", "m4"], _channel.Drain("q"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Recover_gives_back_everything_unacknowledged_in_its_place(bool async)
    {
        TakeAll();
        _channel.Ack(2);
        if (async)
        {
            _channel.Send(new BasicRecoverAsync(Requeue: true));
        }
        else
        {
            _channel.Send(new BasicRecover(Requeue: true));
            _channel.Client.Expect<BasicRecoverOk>();
        }

        Assert.Equal(["m0", "m2", "m3", "m4"], _channel.Drain("q"));
    }

    [Fact]
    public void Recover_without_requeue_is_not_implemented()
    {
        _channel.Send(new BasicRecover(Requeue: false));
        _channel.Client.ExpectClosed(ReplyCode.NotImplemented, "requeue=false");
    }

    [Fact]
    public void A_requeued_message_goes_to_the_same_or_another_consumer_at_once_as_redelivered()
    {
        _channel.Qos(1);
        _channel.Consume("q", "a");
        Delivery first = _channel.Client.ExpectDelivery();
        _channel.Nack(first.Tag);
        Delivery again = _channel.Client.ExpectDelivery();
        Assert.Equal((first.Text, true, first.Tag + 1), (again.Text, again.Redelivered, again.Tag));
    }

    /// <summary>Whatever is taken, settled and given back in whatever order: what is ready is sorted as it was published.</summary>
    [Fact]
    public void Returns_in_any_order_leave_the_queue_in_the_order_of_publishing() =>
        Gen.Int[0, 1_000_000].Array[0, 200].Sample(choices =>
        {
            using var broker = new TestBroker();
            TestChannel channel = broker.Connect().OpenChannel();
            channel.DeclareQueue("p");
            var ready = new SortedSet<int>();
            var unacked = new SortedDictionary<ulong, int>();
            int next = 0;
            foreach (int choice in choices)
            {
                int pick = choice / 8;
                switch (choice % 8)
                {
                    case 0 or 1 or 2:
                        channel.Publish("p", $"{next}");
                        ready.Add(next++);
                        break;
                    case 3 or 4 or 5:
                        Received got = channel.Get("p");
                        if (ready.Count == 0)
                        {
                            Assert.IsType<BasicGetEmpty>(got.Method);
                        }
                        else
                        {
                            Assert.Equal($"{ready.Min}", got.Text);
                            unacked.Add(((BasicGetOk)got.Method).DeliveryTag, ready.Min);
                            ready.Remove(ready.Min);
                        }

                        break;
                    case 6 when unacked.Count > 0:
                        ulong one = unacked.Keys.ElementAt(pick % unacked.Count);
                        channel.Reject(one, requeue: true);
                        ready.Add(unacked[one]);
                        unacked.Remove(one);
                        break;
                    case 7 when unacked.Count > 0:
                        ulong upTo = unacked.Keys.ElementAt(pick % unacked.Count);
                        bool requeue = pick % 2 == 0;
                        channel.Nack(upTo, multiple: true, requeue);
                        foreach (ulong tag in unacked.Keys.Where(t => t <= upTo).ToArray())
                        {
                            if (requeue)
                            {
                                ready.Add(unacked[tag]);
                            }

                            unacked.Remove(tag);
                        }

                        break;
                }
            }

            Assert.Equal(ready.Select(m => $"{m}"), channel.Drain("p"));
        }, iter: 300);

    private void TakeAll()
    {
        for (ulong tag = 1; tag <= 5; tag++)
        {
            Assert.Equal(tag, _channel.Take("q"));
        }
    }

    public void Dispose() => _broker.Dispose();
}

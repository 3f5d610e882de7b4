using AmqpBroker.Core.Tests.Harness;
using AmqpBroker.Protocol;
using Xunit;

namespace AmqpBroker.Core.Tests.Backlog;

/// <summary>Messages that consumers have not settled leave memory when it is short, and come back when they are wanted.</summary>
public sealed class UnloadedTests
{
    private const string Dead = "x-dead-letter-exchange=S: x-dead-letter-routing-key=S:dead";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Unacknowledged_messages_leave_memory_and_their_end_leaves_nothing_in_the_journal(bool persistent)
    {
        using var cold = new ColdQueue();
        Delivery[] got = Take(cold, 40, persistent);
        Assert.InRange(cold.Unloaded, 37, 40);
        Assert.InRange(cold.Broker.Host.Memory.Bytes, 0, ColdQueue.Limits.ReadyMessageBytes + (40 * 200));
        cold.Channel.Ack(got[^1].Tag, multiple: true);
        cold.Broker.Sync();
        Assert.Equal(0, cold.Broker.Host.Memory.Bytes);
        Assert.Equal(0u, cold.Channel.Ready("q"));
        cold.ExpectNothingLives();
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void What_comes_back_is_delivered_in_its_order_with_its_body(bool persistent, bool newestFirst)
    {
        using var cold = new ColdQueue();
        Delivery[] got = Take(cold, 40, persistent);
        cold.Channel.Cancel("c");
        cold.Fill(40, 60);
        foreach (Delivery delivery in newestFirst ? got.Reverse() : got)
        {
            cold.Channel.Nack(delivery.Tag);
        }

        Assert.Equal(60u, cold.Channel.Ready("q"));
        Assert.Equal(ColdQueue.Numbers(0, 60), cold.Channel.Drain("q"));
        cold.Broker.Sync();
        cold.ExpectNothingLives();
    }

    [Fact]
    public void A_million_that_come_back_are_not_read_before_they_are_wanted()
    {
        using var cold = new ColdQueue();
        _ = Take(cold, 200);
        cold.Broker.HoldReads = true;
        cold.Channel.Client.Run(b => b.CloseChannel(cold.Channel.Session));
        cold.Broker.Sync();
        Assert.Equal(200, cold.Queue.ReadyCount);
        Assert.InRange(cold.Broker.Host.Memory.Bytes, 0, ColdQueue.Limits.ReadyMessageBytes + 1000);
        Assert.True(cold.Queue.ColdCount > 150, "what came back becomes pages like any other backlog");

        cold.Broker.HoldReads = false;
        Assert.Equal(ColdQueue.Numbers(0, 200), cold.Broker.Connect().OpenChannel().Drain("q"));
    }

    [Fact]
    public void A_refused_message_is_read_for_its_dead_letter_and_those_refused_after_it_follow_it()
    {
        using var cold = new ColdQueue(Dead);
        cold.Declare("dead");
        Delivery[] got = Take(cold, 40);
        Assert.True(cold.Unloaded > 30);
        cold.Channel.Nack(got[^1].Tag, multiple: true, requeue: false);
        cold.Broker.Sync();
        Assert.Equal(ColdQueue.Numbers(0, 40), cold.Channel.Drain("dead"));
        Assert.Equal(0, cold.Queue.UnackedCount);
        cold.Broker.Sync();
        cold.ExpectNothingLives();
    }

    [Fact]
    public void A_refused_message_that_waits_for_the_disk_is_there_again_after_a_crash()
    {
        using var cold = new ColdQueue(Dead);
        cold.Declare("dead");
        Delivery[] got = Take(cold, 20);
        cold.Broker.HoldReads = true;
        cold.Channel.Nack(got[^1].Tag, multiple: true, requeue: false);
        cold.Broker.Sync();
        Assert.Equal(0u, cold.Channel.Ready("dead"));
        cold.Restart();
        Assert.Equal(ColdQueue.Numbers(0, 20), cold.Channel.Drain("q"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_purge_or_delete_does_not_stop_what_is_on_its_way_to_the_dead_letter_exchange(bool delete)
    {
        using var cold = new ColdQueue(Dead);
        cold.Declare("dead");
        Delivery[] got = Take(cold, 20);
        cold.Channel.Cancel("c");
        cold.Fill(20, 30);
        cold.Broker.HoldReads = true;
        cold.Channel.Nack(got[9].Tag, multiple: true, requeue: false);
        if (delete)
        {
            Assert.Equal(10u, cold.Channel.DeleteQueueOnSync("q", cold.Broker));
        }
        else
        {
            Assert.Equal(10u, cold.Channel.PurgeOnSync("q", cold.Broker));
        }

        cold.Broker.HoldReads = false;
        cold.Broker.RunScheduled();
        cold.Broker.Sync();
        Assert.Equal(ColdQueue.Numbers(0, 10), cold.Channel.Drain("dead"));
        cold.Channel.Ack(got[^1].Tag, multiple: true);
        cold.Broker.Sync();
        cold.ExpectNothingLives();
    }

    [Fact]
    public void A_transaction_that_refuses_what_is_not_in_memory_takes_effect_at_once()
    {
        using var cold = new ColdQueue(Dead);
        cold.Declare("dead");
        Delivery[] got = Take(cold, 20);
        cold.Channel.SelectTransactions();
        foreach (Delivery delivery in got)
        {
            cold.Channel.Reject(delivery.Tag, requeue: false);
        }

        cold.Channel.Publish("dead", "mine", persistent: true);
        cold.Broker.HoldReads = true;
        cold.Channel.Send(default(TxCommit));
        cold.Broker.Sync();
        TestChannel other = cold.Broker.Connect().OpenChannel();
        Assert.Equal(0u, other.Ready("dead"));
        cold.Channel.Client.ExpectNothing();

        cold.Broker.HoldReads = false;
        cold.Broker.RunScheduled();
        Assert.Equal(21u, other.Ready("dead"));
        cold.Broker.Sync();
        cold.Channel.Client.Expect<TxCommitOk>();
        cold.Restart();
        Assert.Equal(["mine", .. ColdQueue.Numbers(0, 20)], cold.Channel.Drain("dead"));
        Assert.Equal(0u, cold.Channel.Ready("q"));
    }

    [Fact]
    public void What_waits_before_it_is_delivered_again_leaves_memory_too()
    {
        using var cold = new ColdQueue("x-queue-type=S:quorum x-delayed-retry-type=S:all x-delayed-retry-min=I:1000 x-delayed-retry-max=I:1000");
        Delivery[] got = Take(cold, 30);
        cold.Channel.Nack(got[^1].Tag, multiple: true);
        Assert.Equal(30, cold.Queue.DelayedCount);
        Assert.True(cold.Unloaded > 25);
        cold.Channel.Cancel("c");
        cold.Broker.Advance(2000);
        Assert.Equal(ColdQueue.Numbers(0, 30), cold.Channel.Drain("q"));
    }

    /// <summary>Publishes messages to the queue, and has consumer "c" get all of them.</summary>
    private static Delivery[] Take(ColdQueue cold, int count, bool persistent = true)
    {
        cold.Channel.Consume("q", tag: "c");
        cold.Fill(0, count, persistent);
        Delivery[] got = cold.Channel.Client.ExpectDeliveries(count);
        cold.Broker.Sync();
        // What was spilled last may go when the next command ends.
        cold.Declare("another");
        return got;
    }
}

namespace AmqpBroker.EndToEnd.Crashes;

/// <summary>The checker finds what it is there to find: each fault is planted once.</summary>
public sealed class LedgerCheckerTests
{
    private readonly Ledger _ledger = new();
    private readonly PublisherLedger _one;
    private readonly PublisherLedger _both;

    public LedgerCheckerTests()
    {
        _one = _ledger.AddPublisher("a");
        _both = _ledger.AddPublisher("a", "b");
        _one.Sent = 4;
        _one.Confirmed.UnionWith([0, 1]);
        _both.Sent = 2;
    }

    [Fact]
    public void a_right_queue_has_no_faults_however_often_it_is_checked()
    {
        Assert.Empty(Check(a: [One(0), One(1)]));
        Assert.Empty(Check(a: [One(0), One(1)]));
    }

    [Fact]
    public void unconfirmed_and_acknowledged_messages_may_be_there()
    {
        _ledger["a"].AckSent.UnionWith([One(1), One(2)]);
        Assert.Empty(Check(a: [One(0), Both(0), One(1), One(3)], b: [Both(0)]));
    }

    [Fact]
    public void a_lost_message_is_found() => Finds("was confirmed and is lost", a: [One(0)]);

    [Fact]
    public void a_hole_among_the_unconfirmed_is_found() => Finds("is missing before 3", a: [One(0), One(1), One(3)]);

    [Fact]
    public void a_doubled_message_is_found() => Finds("is there twice", a: [One(0), One(1), One(1)]);

    [Fact]
    public void a_wrong_order_is_found() => Finds("stands behind 1", a: [One(1), One(0)]);

    [Fact]
    public void what_nobody_sent_is_found() => Finds("was not sent here", a: [One(0), One(1)], b: [One(0)]);

    [Fact]
    public void half_a_fanout_is_found() => Finds("is in a and not in b", a: [One(0), One(1), Both(0)]);

    [Fact]
    public void a_settled_message_that_is_back_is_found()
    {
        _ledger["a"].AckSent.Add(One(0));
        _ledger["a"].Settled.Add(One(0));
        Finds("is back", a: [One(0), One(1)]);
    }

    [Fact]
    public void a_message_that_is_lost_in_a_later_run_is_found()
    {
        Assert.Empty(Check(a: [One(0), One(1), One(2)]));
        Finds("was there after a start and is lost", a: [One(0), One(1)]);
    }

    [Fact]
    public void a_message_that_appears_in_a_later_run_is_found()
    {
        Assert.Empty(Check(a: [One(0), One(1)]));
        Finds("was not there after the run that sent it", a: [One(0), One(1), One(2)]);
    }

    [Fact]
    public void a_body_with_one_wrong_byte_is_none_that_was_sent()
    {
        byte[] body = new MessageId(3, 14).ToBody();
        Assert.True(MessageId.TryRead(body, out MessageId id));
        Assert.Equal(new MessageId(3, 14), id);
        body[^1] ^= 1;
        Assert.False(MessageId.TryRead(body, out _));
    }

    private MessageId One(int sequence) => new(_one.Id, sequence);

    private MessageId Both(int sequence) => new(_both.Id, sequence);

    private void Finds(string fault, MessageId[] a, MessageId[]? b = null) => Assert.Contains(fault, Assert.Single(Check(a, b)));

    private List<string> Check(MessageId[] a, MessageId[]? b = null) => LedgerChecker.Check(
        _ledger, new Dictionary<string, List<MessageId?>> { ["a"] = [.. a], ["b"] = [.. b ?? []] });
}

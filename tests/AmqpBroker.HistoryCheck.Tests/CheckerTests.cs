using Xunit;

namespace AmqpBroker.HistoryCheck.Tests;

/// <summary>Small histories, each with one breach or none. Events are written one after the other, divided by semicolons.</summary>
public sealed class CheckerTests
{
    /// <summary>A durable queue that is there for certain, one with a delivery limit whose dead letters go to a third.</summary>
    private const string Start =
        "queue q durable;queue l durable limit=1 dead=d;queue t durable ttl=100 dead=d;queue d durable;queue v;exchange x durable;"
        + "ask 1 c declare queue q;ok 1;ask 2 c declare queue l;ok 2;ask 3 c declare queue t;ok 3;ask 4 c declare queue d;ok 4;"
        + "ask 5 c declare queue v;ok 5;ask 6 c declare exchange x;ok 6;";

    private const string Sent = "publish 1 c q persistent confirm body=a;";
    private const string Kept = Sent + "confirm 1;";
    private const string Down = "crash;up;";

    [Theory]

    // What was confirmed is there, once, until it is settled.
    [InlineData("", Kept + "deliver 1 c q 1 body=a;ack 1;empty q")]
    [InlineData("", Kept + Down + "deliver 1 c q 1 redelivered;ack 1;empty q")]
    [InlineData("", Kept + "deliver 1 c q 1;" + Down + "deliver 2 c q 1;ack 2;empty q")]
    [InlineData("lost", Kept + "empty q")]
    [InlineData("lost", Kept + Down + "empty q")]
    [InlineData("lost", Sent + "empty q")]
    [InlineData("lost", Kept + "stop;up;empty q")]
    [InlineData("", Sent + Down + "empty q")]
    [InlineData("", Sent + Down + "deliver 1 c q 1;ack 1;empty q")]
    [InlineData("lost", Sent + "stop;up;empty q")]
    [InlineData("lost", "publish 1 c q,l persistent confirm;confirm 1;" + Down + "deliver 1 c q 1;empty l")]
    [InlineData("", "publish 1 c q confirm;confirm 1;" + Down + "empty q")]
    [InlineData("back", "publish 1 c q confirm;confirm 1;" + Down + "deliver 1 c q 1")]
    [InlineData("back", "publish 1 c v persistent confirm;confirm 1;" + Down + "ask 9 c declare queue v;deliver 1 c v 1")]
    [InlineData("duplicate", Kept + "deliver 1 c q 1;deliver 2 c q 1 redelivered")]
    [InlineData("duplicate", Kept + "deliver 1 c q 1;deliver 2 c q 1 redelivered;ack 2;ack 1;empty q")]
    [InlineData("unknown", "deliver 1 c q 7")]
    [InlineData("unknown", Kept + "deliver 1 c l 1 count=0")]
    [InlineData("altered", Kept + "deliver 1 c q 1 body=b")]

    // What was settled does not come back, unless a crash may have undone it.
    [InlineData("back", Kept + "deliver 1 c q 1;ack 1;deliver 2 c q 1 redelivered")]
    [InlineData("back", Kept + "deliver 1 c q 1 noack;deliver 2 c q 1 redelivered")]
    [InlineData("", Kept + "deliver 1 c q 1;ack 1;" + Down + "deliver 2 c q 1;ack 2;empty q")]
    [InlineData("", Kept + "deliver 1 c q 1;ack 1;" + Down + "empty q")]
    [InlineData("back", Kept + "deliver 1 c q 1;ack 1;publish 2 c q persistent confirm;confirm 2;" + Down + "deliver 2 c q 1")]
    [InlineData("back", Kept + "deliver 1 c q 1;ack 1;stop;up;deliver 2 c q 1")]
    [InlineData("back", Kept + "deliver 1 c q 1;ack 1 tx;ask 9 c commit;ok 9;" + Down + "deliver 2 c q 1")]
    [InlineData("back", Kept + "ask 9 c purge q;ok 9;" + Down + "deliver 2 c q 1")]
    [InlineData("", Kept + "ask 9 c purge q;" + Down + "deliver 2 c q 1")]
    [InlineData("", Kept + "deliver 1 c q 1;end c;deliver 2 c q 1 redelivered;ack 2;empty q")]

    // What came later does not survive what came earlier.
    [InlineData("torn", Sent + "publish 2 c l persistent confirm;" + Down + "deliver 1 c l 2 count=0;empty q")]
    [InlineData("torn", "publish 1 c q,l persistent confirm;" + Down + "deliver 1 c q 1;empty l")]
    [InlineData("torn", "publish 1 c q persistent tx;publish 2 c l persistent tx;ask 9 c commit;" + Down + "deliver 1 c l 2 count=0;empty q")]
    [InlineData("", "publish 1 c q persistent tx;publish 2 c l persistent tx;ask 9 c commit;" + Down + "empty l;empty q")]
    [InlineData("torn", Kept + "deliver 1 c q 1;ack 1 tx;publish 2 c l persistent tx;ask 9 c commit;" + Down + "empty q;empty l")]
    [InlineData("", "publish 1 c q persistent tx;rollback c;empty q")]
    [InlineData("unknown", "publish 1 c q persistent tx;rollback c;deliver 1 c q 1")]

    // Order.
    [InlineData("", Kept + "publish 2 c q;deliver 1 c q 1;deliver 2 c q 2;requeue 2;requeue 1;deliver 3 c q 1 redelivered;deliver 4 c q 2 redelivered")]
    [InlineData("order", Kept + "publish 2 c q;deliver 1 c q 2")]
    [InlineData("order", Kept + "publish 2 c q persistent confirm;confirm 2;" + Down + "deliver 1 c q 2")]
    [InlineData("order", Kept + "publish 2 c q;deliver 1 c q 1;requeue 1;deliver 2 c q 2")]

    [InlineData("", Kept + "publish 2 c q;deliver 1 e q 2;deliver 2 c q 1")]
    [InlineData("order", Kept + "publish 2 c q;deliver 1 c q 2;deliver 2 c q 1")]
    [InlineData("", Kept + "deliver 1 c q 1;requeue 1 tx;publish 2 c q tx;ask 9 c commit;deliver 2 c q 2;deliver 3 c q 1 redelivered")]
    [InlineData("", Kept + "deliver 1 c q 1;requeue 1 tx;publish 2 c q tx;ask 9 c commit;deliver 2 c q 2")]

    // Definitions.
    [InlineData("", "there queue q;missing queue z")]
    [InlineData("missing", Down + "missing queue q")]
    [InlineData("missing", Down + "missing exchange x")]
    [InlineData("", Down + "missing queue v;there queue q")]
    [InlineData("undead", Down + "there queue v")]
    [InlineData("undead", "ask 9 c delete queue q;ok 9;" + Down + "there queue q")]
    [InlineData("", "ask 9 c delete queue q;" + Down + "there queue q")]
    [InlineData("torn", Kept + "ask 9 c delete queue q;publish 2 c l persistent confirm;" + Down + "deliver 1 c l 2 count=0;there queue q")]
    [InlineData("", Kept + "ask 9 c delete queue q;ok 9;ask 10 c declare queue q;ok 10;empty q")]
    [InlineData("back", Kept + "ask 9 c delete queue q;ok 9;ask 10 c declare queue q;ok 10;deliver 1 c q 1")]

    // Returns, deaths, time.
    [InlineData("", "publish 1 c l;deliver 1 c l 1 count=0;requeue 1;deliver 2 c l 1 count=1 redelivered;requeue 2;empty l;deliver 3 c d 1 deaths=1 from=l")]
    [InlineData("count", "publish 1 c l;deliver 1 c l 1 count=0;requeue 1;deliver 2 c l 1 count=0 redelivered")]
    [InlineData("count", "publish 3 c l persistent;deliver 1 c l 3 count=0;requeue 1;" + Kept + Down + "deliver 2 c l 3 count=0 redelivered")]
    [InlineData("", "publish 1 c l persistent;publish 2 c q persistent confirm;confirm 2;deliver 1 c l 1 count=0;requeue 1;" + Down + "deliver 2 c l 1 count=0")]
    [InlineData("redelivered", "publish 1 c l;deliver 1 c l 1 count=0;requeue 1;deliver 2 c l 1 count=1")]
    [InlineData("redelivered", "publish 1 c l;deliver 1 c l 1 count=0 redelivered")]
    [InlineData("lost", "publish 1 c l;deliver 1 c l 1 count=0;reject 1;empty d")]
    [InlineData("back", "publish 1 c q;deliver 1 c q 1;reject 1;deliver 2 c q 1 redelivered")]
    [InlineData("duplicate", "publish 1 c l;deliver 1 c l 1 count=0;reject 1;deliver 2 c l 1 count=0 redelivered")]
    [InlineData("deaths", "publish 1 c l;deliver 1 c l 1 count=0;reject 1;deliver 2 c d 1 from=l")]
    [InlineData("", "publish 1 c t persistent confirm;confirm 1;crash;at 100;up;empty t;deliver 1 c d 1 deaths=1 from=t")]
    [InlineData("", "publish 1 c t;at 99;deliver 1 c t 1;at 200;requeue 1;empty t;deliver 2 c d 1 deaths=1 from=t")]
    [InlineData("late", "publish 1 c t;at 100;deliver 1 c t 1")]
    [InlineData("late", "publish 1 c q ttl=50;at 60;deliver 1 c q 1")]
    [InlineData("lost", "publish 1 c t;at 99;empty t")]
    [InlineData("lost", "publish 1 c t;at 100;empty d")]

    // Answers.
    [InlineData("answer", Kept + "confirm 1")]
    [InlineData("answer", "confirm 8")]
    [InlineData("answer", "ok 1")]
    [InlineData("unanswered", Sent + "quiet")]
    [InlineData("unanswered", "ask 9 c purge q;quiet")]
    [InlineData("", Kept + "quiet")]
    [InlineData("", "publish 1 c -;return 1")]
    [InlineData("returned", Sent + "return 1")]
    [InlineData("", Sent + "refuse 1;empty q")]
    public void A_breach_is_found_and_nothing_else(string kind, string events)
    {
        IReadOnlyList<Violation> found = Check("history 1 serial", Start + events);
        Assert.Equal(kind.Length == 0 ? [] : [kind], found.Select(v => v.Kind));
    }

    [Theory]

    // Of what another channel asked for nothing follows.
    [InlineData("", Kept + "deliver 1 e q 1;ack 1;publish 2 c q persistent confirm;confirm 2;" + Down + "deliver 2 c q 1")]
    [InlineData("back", Kept + "deliver 1 c q 1;ack 1;publish 2 c q persistent confirm;confirm 2;" + Down + "deliver 2 c q 1")]
    [InlineData("", Sent + "publish 2 e q persistent confirm;" + Down + "deliver 1 c q 2;empty q")]
    [InlineData("torn", Sent + "publish 2 c l persistent confirm;" + Down + "deliver 1 c l 2 count=0;empty q")]

    // What a channel asked for before it ended may not have been done.
    [InlineData("", Kept + "deliver 1 e q 1;ack 1;end e;deliver 2 c q 1 redelivered")]
    [InlineData("", Sent + "end c;empty q")]
    [InlineData("lost", Kept + "end c;empty q")]

    // Order is seen by one consumer of one publisher only.
    [InlineData("", Kept + "publish 2 e q;deliver 1 c q 2;deliver 2 c q 1")]
    [InlineData("order", Kept + "publish 2 c q;deliver 1 e q 2;deliver 2 e q 1")]
    [InlineData("", Kept + "publish 2 c q persistent confirm;confirm 2;deliver 1 e q 2;deliver 2 e q 1 redelivered", true)]

    // The moment of an expiry is not known.
    [InlineData("", "publish 1 c t;at 100;deliver 1 c t 1")]
    [InlineData("", "publish 1 c t;at 100;deliver 1 c d 1 deaths=1 from=t")]
    public void Channels_that_do_not_wait_for_each_other_are_judged_for_themselves(string kind, string events, bool crashedBefore = false)
    {
        IReadOnlyList<Violation> found = Check("history 1", Start + (crashedBefore ? events.Replace("deliver 1", Down + "deliver 1", StringComparison.Ordinal) : events));
        Assert.Equal(kind.Length == 0 ? [] : [kind], found.Select(v => v.Kind));
    }

    [Theory]
    [InlineData("")]
    [InlineData("history 2")]
    [InlineData("history 1;sing")]
    [InlineData("history 1;publish 1 c z")]
    [InlineData("history 1;ack 1")]
    [InlineData("history 1;at noon")]
    [InlineData("history 1;ask 1 c")]
    public void What_is_no_history_is_refused(string text) =>
        Assert.Throws<HistoryFormatException>(() => new Checker().Check(new StringReader(text.Replace(';', '\n'))));

    private static IReadOnlyList<Violation> Check(string head, string events) =>
        new Checker().Check(new StringReader($"{head}\n{events.Replace("queue q durable;", "queue q durable;queue z;", StringComparison.Ordinal).Replace(';', '\n')}"));
}

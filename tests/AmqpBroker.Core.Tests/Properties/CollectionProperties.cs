using AmqpBroker.Core.Messages;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using CsCheck;
using Xunit;

namespace AmqpBroker.Core.Tests.Properties;

/// <summary>The collections of the lane against plain ones, over random steps.</summary>
public sealed class CollectionProperties
{
    private static readonly Gen<(int What, int Which)[]> s_steps = Gen.Select(Gen.Int[0, 9], Gen.Int[0, 99]).Array[0, 120];

    private static readonly Message s_message = Message.Rent(ShortString.Empty, ShortString.Empty);

    [Fact]
    public void A_ready_list_gives_the_smallest_sequence_whatever_came_back_and_went() =>
        s_steps.Sample(steps =>
        {
            var list = new ReadyList();
            var ready = new SortedDictionary<long, QueueEntry>();
            var taken = new List<QueueEntry>();
            long next = 1;
            foreach ((int what, int which) in steps)
            {
                if (what < 3)
                {
                    var entry = new QueueEntry { Sequence = next++, Message = s_message };
                    list.Append(entry);
                    ready.Add(entry.Sequence, entry);
                }
                else if (what < 7 && ready.Count > 0)
                {
                    // Mostly from the head, sometimes from anywhere: expiry.
                    QueueEntry entry = what == 6 ? ready.Values.ElementAt(which % ready.Count) : list.Peek()!;
                    list.Remove(entry);
                    ready.Remove(entry.Sequence);
                    taken.Add(entry);
                }
                else if (taken.Count > 0)
                {
                    QueueEntry entry = taken[which % taken.Count];
                    taken.Remove(entry);
                    list.Return(entry);
                    ready.Add(entry.Sequence, entry);
                }

                Assert.Equal(ready.Count, list.WarmCount);
                Assert.Same(ready.Values.FirstOrDefault(), list.Peek());
            }

            foreach (QueueEntry entry in ready.Values)
            {
                Assert.Same(entry, list.Peek());
                list.Remove(entry);
            }

            Assert.Null(list.Peek());
        });

    [Fact]
    public void A_heap_gives_the_smallest_key_whatever_moved_and_went() =>
        s_steps.Sample(steps =>
        {
            var heap = new IndexedHeap<Item>();
            Item[] items = [.. Enumerable.Range(0, 12).Select(_ => new Item())];
            var keys = new Dictionary<Item, long>();
            foreach ((int what, int which) in steps)
            {
                Item item = items[which % items.Length];
                if (what < 7)
                {
                    heap.Set(item, what * which % 17);
                    keys[item] = what * which % 17;
                }
                else
                {
                    heap.Remove(item);
                    keys.Remove(item);
                }

                Assert.Equal(keys.Count, heap.Count);
                Assert.Equal(keys.Count == 0 ? long.MaxValue : keys.Values.Min(), heap.FirstKey);
                Assert.True(heap.First is null ? keys.Count == 0 : keys[heap.First] == heap.FirstKey);
                Assert.All(items, i => Assert.Equal(keys.ContainsKey(i), i.HeapPlace != 0));
            }
        });

    [Fact]
    public void Timers_are_called_once_when_they_are_due_and_never_before() =>
        s_steps.Sample(steps =>
        {
            var heap = new TimerHeap();
            var called = new List<Timed>();
            Timed[] timers = [.. Enumerable.Range(0, 8).Select(_ => new Timed(called.Add))];
            var due = new Dictionary<Timed, long>();
            long now = 0;
            foreach ((int what, int which) in steps)
            {
                Timed timed = timers[which % timers.Length];
                if (what < 5)
                {
                    heap.Set(timed, now + (which % 7));
                    due[timed] = now + (which % 7);
                }
                else if (what < 7)
                {
                    heap.Cancel(timed);
                    due.Remove(timed);
                }
                else
                {
                    now += which % 5;
                    int atMost = 1 + (which % 4);
                    called.Clear();
                    heap.Tick(now, atMost);
                    int ripe = due.Values.Count(d => d <= now);
                    Assert.Equal(Math.Min(ripe, atMost), called.Count);
                    foreach (Timed one in called)
                    {
                        Assert.True(due.Remove(one, out long at) && at <= now);
                    }
                }

                Assert.Equal(due.Count == 0 ? long.MaxValue : due.Values.Min(), heap.NextMs);
            }
        });

    [Fact]
    public void Ranges_hold_the_numbers_in_the_order_they_came() =>
        Gen.Select(Gen.Int[0, 30].Array[0, 40], Gen.Bool).Sample((numbers, again) =>
        {
            var ranges = new SequenceRanges();
            if (again)
            {
                ranges.Add(7);
                ranges.Clear();
            }

            foreach (int number in numbers)
            {
                ranges.Add(number);
            }

            var all = new List<long>();
            SequenceRanges.Range before = new(long.MinValue, long.MinValue);
            foreach (SequenceRanges.Range range in ranges.All)
            {
                Assert.True(range.First <= range.Last && range.First != before.Last + 1);
                for (long n = range.First; n <= range.Last; n++)
                {
                    all.Add(n);
                }

                before = range;
            }

            Assert.Equal(numbers.Select(n => (long)n), all);
        });

    [Fact]
    public void Unacked_deliveries_are_found_singly_and_up_to_a_tag_from_both_ends() =>
        s_steps.Sample(steps =>
        {
            var unacked = new Unacked();
            var plain = new SortedDictionary<ulong, QueueEntry>();
            var noted = new List<Unacked.Item>();
            ulong next = 1;
            foreach ((int what, int which) in steps)
            {
                ulong tag = (ulong)(which % (int)(next + 1));
                Unacked.Item item;
                bool took;
                switch (what)
                {
                    case < 4:
                        // basic.get with no-ack and replies take tags that never come here.
                        next += which % 3 == 0 ? 2UL : 1UL;
                        var entry = new QueueEntry();
                        unacked.Add(next, entry, null, QueueEntry.Never);
                        plain.Add(next, entry);
                        break;
                    case < 6:
                        took = unacked.TryTake(tag, out item);
                        Check(plain.ContainsKey(tag) ? tag : null, took, item, plain, noted);
                        break;
                    case 6 or 7:
                        took = unacked.TryTakeFirst(tag, out item);
                        Check(plain.Keys.Where(k => k <= tag).Cast<ulong?>().FirstOrDefault(), took, item, plain, noted);
                        break;
                    case 8:
                        took = unacked.TryTakeLast(tag, out item);
                        Check(plain.Keys.Where(k => k <= tag).Cast<ulong?>().LastOrDefault(), took, item, plain, noted);
                        break;
                    default:
                        unacked.Restore(noted);
                        noted.ForEach(n => plain.Add(n.Tag, n.Entry!));
                        noted.Clear();
                        break;
                }

                Assert.Equal(plain.Count, unacked.Count);
                Assert.Equal(plain.ContainsKey(tag), unacked.Contains(tag));
                var behind = new List<ulong>();
                foreach (Unacked.Item one in unacked.After(tag))
                {
                    if (one.Entry is not null)
                    {
                        behind.Add(one.Tag);
                    }
                }

                Assert.Equal(plain.Keys.Where(k => k > tag), behind);
            }
        });

    private static void Check(
        ulong? expected, bool took, Unacked.Item item, SortedDictionary<ulong, QueueEntry> plain, List<Unacked.Item> noted)
    {
        Assert.Equal(expected is not null, took);
        if (expected is { } tag)
        {
            Assert.Equal(tag, item.Tag);
            Assert.Same(plain[tag], item.Entry);
            plain.Remove(tag);
            noted.Add(item);
        }
    }

    private sealed class Item : IHeapItem
    {
        public int HeapPlace { get; set; }
    }

    private sealed class Timed(Action<Timed> called) : ITimed
    {
        public int HeapPlace { get; set; }

        public void Tick() => called(this);
    }
}

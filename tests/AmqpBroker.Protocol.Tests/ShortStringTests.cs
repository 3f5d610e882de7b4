using AmqpBroker.Testing;

namespace AmqpBroker.Protocol.Tests;

public sealed class ShortStringTests
{
    [Fact]
    public void Equal_bytes_are_equal_strings_with_equal_hashes()
    {
        var a = ShortString.FromString("größe");
        var b = ShortString.FromBytes("größe"u8);
        Assert.True(a == b);
        Assert.Equal(a, b);
        Assert.Equal(a.GetHashCode(), b.GetHashCode());
        Assert.Equal("größe", b.ToString());
        Assert.True(a != ShortString.FromString("große"));
    }

    [Fact]
    public void Bytes_that_are_no_text_are_kept()
    {
        var name = ShortString.FromBytes([0xFF, 0x00, 0xC3]);
        Assert.Equal([0xFF, 0x00, 0xC3], name.Bytes.ToArray());
        Assert.NotEqual(name, ShortString.FromBytes([0xFF, 0x00, 0xC2]));
    }

    [Fact]
    public void At_most_255_bytes()
    {
        Assert.Equal(255, ShortString.FromString(new string('a', 255)).Length);
        Assert.Throws<ArgumentException>(() => ShortString.FromString(new string('a', 256)));
        Assert.Throws<ArgumentException>(() => ShortString.FromString(new string('ä', 128)));
    }

    [Fact]
    public void The_cache_gives_the_same_instance_and_allocates_nothing()
    {
        var cache = new ShortStringCache();
        ShortString first = cache.Get("orders.created"u8);
        bool same = true;
        Assert.Equal(0, Allocations.Least(() => same &= ReferenceEquals(first, cache.Get("orders.created"u8))));
        Assert.True(same);
    }

    [Fact]
    public void A_full_cache_still_answers_with_the_right_bytes()
    {
        var cache = new ShortStringCache(16);
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 1000; i++)
            {
                var expected = ShortString.FromString($"name-{i}");
                Assert.Equal(expected, cache.Get(expected.Bytes));
            }
        }
    }

    [Fact]
    public void Names_with_one_hash_are_told_apart()
    {
        // Of 400,000 names about 18 pairs have the same 32 bits of hash.
        var cache = new ShortStringCache();
        var byHash = new Dictionary<int, ShortString>();
        int pairs = 0;
        for (int i = 0; i < 400_000; i++)
        {
            var name = ShortString.FromString($"name-{i}");
            if (!byHash.TryAdd(name.GetHashCode(), name))
            {
                ShortString twin = byHash[name.GetHashCode()];
                Assert.NotEqual(twin, name);
                Assert.Equal(twin, cache.Get(twin.Bytes));
                Assert.Equal(name, cache.Get(name.Bytes));
                pairs++;
            }
        }

        Assert.InRange(pairs, 1, 200);
    }

    [Fact]
    public void Hashes_of_similar_names_differ()
    {
        int[] hashes = [.. Enumerable.Range(0, 10_000).Select(i => ShortString.FromString($"queue-{i:D8}").GetHashCode())];
        Assert.InRange(hashes.Distinct().Count(), 9_990, 10_000);
        Assert.InRange(hashes.Select(h => h & 0xFFF).Distinct().Count(), 3_500, 4_096);
    }
}

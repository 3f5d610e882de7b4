using AmqpBroker.Server.Connections;

namespace AmqpBroker.Server.Tests;

/// <summary>Bytes received stay in order and together, whatever is consumed, expected and parked in between.</summary>
public sealed class ReceiveBufferTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void What_goes_in_comes_out(int seed)
    {
        var random = new Random(seed);
        var buffer = new ReceiveBuffer();
        byte written = 0;
        byte read = 0;
        for (int i = 0; i < 5000; i++)
        {
            if (random.Next(10) == 0)
            {
                buffer.Expect(random.Next(300_000));
            }

            if (random.Next(3) == 0)
            {
                buffer.Park();
            }

            Span<byte> space = buffer.Space().Span;
            Assert.NotEqual(0, space.Length);
            int count = random.Next(5) == 0 ? space.Length : random.Next(Math.Min(space.Length, 3000)) + 1;
            for (int b = 0; b < count; b++)
            {
                space[b] = written++;
            }

            buffer.Received(count);
            Assert.Equal(count == space.Length, buffer.LastWasFull);
            int consume = random.Next(4) == 0 ? buffer.Unread.Length : random.Next(buffer.Unread.Length + 1);
            foreach (byte b in buffer.Unread[..consume])
            {
                Assert.Equal(read++, b);
            }

            buffer.Consume(consume);
        }
    }

    [Fact]
    public void There_is_room_for_the_frame_that_is_expected()
    {
        var buffer = new ReceiveBuffer();
        buffer.Space().Span[..100].Fill(7);
        buffer.Received(100);
        buffer.Consume(60);
        buffer.Expect(500_000);
        Assert.True(buffer.Space().Length >= 500_000 - 40);
        Assert.Equal(40, buffer.Unread.Length);
        Assert.False(buffer.Unread.ContainsAnyExcept((byte)7));
    }

    [Fact]
    public void An_idle_connection_holds_nothing()
    {
        var buffer = new ReceiveBuffer();
        Assert.False(buffer.HoldsBlock);
        buffer.Space();
        buffer.Received(10);
        buffer.Consume(10);
        buffer.Park();
        Assert.False(buffer.HoldsBlock);
    }
}

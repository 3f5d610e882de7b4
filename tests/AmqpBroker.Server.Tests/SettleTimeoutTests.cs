using AmqpBroker.Protocol;
using AmqpBroker.Server.Tests.Support;

namespace AmqpBroker.Server.Tests;

/// <summary>What operators read of deliveries that are not acknowledged in time. The rules are shown in the core's tests.</summary>
public sealed class SettleTimeoutTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_delivery_that_is_not_acknowledged_in_time_is_logged(bool canBeCancelled)
    {
        using var server = new TestServer();
        TestClient client = server.Connect();
        await client.OpenAsync(properties: canBeCancelled ? TestClient.Capabilities("consumer_cancel_notify") : null);
        await client.OpenChannelAsync(3);
        await client.DeclareAsync(3, "slow");
        await client.PublishAsync(3, "", "slow", [1]);
        FieldTable arguments = new FieldTableBuilder().Append("x-consumer-timeout", FieldValue.FromInt32(50)).Build();
        await client.SendAsync(
            3, new BasicConsume(ShortString.FromString("slow"), ShortString.FromString("c"), false, false, false, false, arguments));
        await client.ReadAsync<BasicConsumeOk>(3);
        await client.ReadContentAsync<BasicDeliver>(3);
        if (canBeCancelled)
        {
            await client.ReadAsync<BasicCancel>(3);
        }
        else
        {
            await client.ReadAsync<ChannelClose>(3);
        }

        string line = await server.Log.AwaitAsync("not acknowledged in time");
        Assert.StartsWith("Warning", line, StringComparison.Ordinal);
        Assert.EndsWith(", channel 3, queue 'slow', timeout 50 ms", line, StringComparison.Ordinal);
    }
}

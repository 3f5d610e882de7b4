using Xunit;

namespace AmqpBroker.Interop.Shared;

/// <summary>One broker for all tests that share the fixture; tests keep apart by names of their own.</summary>
public sealed class BrokerFixture : IAsyncLifetime
{
    private BrokerUnderTest? _broker;

    /// <summary>The broker, serving.</summary>
    public BrokerUnderTest Broker => _broker ?? throw new InvalidOperationException("The fixture is not initialized.");

    public async ValueTask InitializeAsync() => _broker = await BrokerUnderTest.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }
}

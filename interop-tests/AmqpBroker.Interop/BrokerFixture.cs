using AmqpBroker.Interop.Shared;

[assembly: AssemblyFixture(typeof(AmqpBroker.Interop.BrokerFixture))]

// One broker, one scenario at a time: a restart would disturb a neighbour.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace AmqpBroker.Interop;

/// <summary>The one broker of a test run, started when the first scenario needs it and again if it has died since.</summary>
public sealed class BrokerFixture : IAsyncDisposable
{
    private BrokerUnderTest? _broker;
    private Exception? _startFailure;

    /// <summary>The running broker.</summary>
    /// <exception cref="InvalidOperationException">It does not start; tried once only, so that a broken build fails fast.</exception>
    internal async Task<BrokerUnderTest> GetAsync()
    {
        if (_startFailure is not null)
        {
            throw new InvalidOperationException("The broker did not start: " + _startFailure.Message, _startFailure);
        }

        try
        {
            if (_broker is null)
            {
                _broker = await BrokerUnderTest.StartAsync();
            }
            else if (!_broker.IsRunning)
            {
                await _broker.RestartAsync();
            }

            return _broker;
        }
        catch (Exception failure)
        {
            _startFailure = failure;
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }
}

using System.Runtime.ExceptionServices;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Lanes;
using AmqpBroker.Core.Policies;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Definitions;

/// <summary>
/// Makes what is wanted in a virtual host, over many turns of its lane between which others have it. Each step was validated
/// and makes nothing where there is such a thing. Made for one import.
/// </summary>
internal sealed class TopologyImport(IReadOnlyList<Action<VirtualHost>> steps) : LaneWork
{
    /// <summary>A step takes a few microseconds: a record, and a look at the policies.</summary>
    private const int StepsPerTurn = 64;

    private readonly TaskCompletionSource _durable = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private VirtualHost? _host;
    private TaskCompletionSource? _turn;
    private ExceptionDispatchInfo? _fault;
    private PolicyWalk? _walk;
    private int _next;
    private bool _more = true;

    /// <summary>Completes when all is made and durable.</summary>
    internal async Task RunAsync(VirtualHostRuntime runtime, CancellationToken cancellation)
    {
        _host = runtime.Host;
        while (_more)
        {
            await runtime.WaitForRoomAsync().AsTask().WaitAsync(cancellation).ConfigureAwait(false);
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _turn = turn;
            if (!runtime.Post(this))
            {
                await turn.Task.ConfigureAwait(false);
            }

            _fault?.Throw();
        }

        await _durable.Task.WaitAsync(cancellation).ConfigureAwait(false);
    }

    public override void Execute()
    {
        for (int left = StepsPerTurn; left > 0 && _next < steps.Count; left--)
        {
            try
            {
                steps[_next++](_host!);
            }
            catch (ProtocolException e)
            {
                // Somebody changed it meanwhile: it is told, and what is made stays.
                _fault = ExceptionDispatchInfo.Capture(e);
                _more = false;
                _host!.EndCommand();
                return;
            }

            _host!.EndCommand();
        }

        if (_next == steps.Count)
        {
            // Policies hold for what is there already, too.
            _walk ??= new PolicyWalk(_host!);
            _more = _walk.Continue();
            _host!.EndCommand();
            if (!_more)
            {
                _host.Gates.Await(_durable);
            }
        }
    }

    public override void Completed() => _turn!.SetResult();

    internal static Action<VirtualHost> Make(ExchangeType type, ExchangeProperties properties) => host =>
    {
        if (host.FindExchange(properties.Name) is null)
        {
            host.AddExchange(type.Name, properties);
        }
    };

    internal static Action<VirtualHost> Make(Arguments.QueueDeclaration declaration, Arguments.QueueArguments arguments) => host =>
    {
        if (host.FindQueue(declaration.Name) is null)
        {
            host.AddQueue(in declaration, owner: null, arguments);
        }
    };

    internal static Action<VirtualHost> Make(BindingDefinition wanted) => host =>
    {
        Exchange source = host.GetExchange(DefinitionChecks.Name(wanted.Source));
        ShortString name = DefinitionChecks.Name(wanted.Destination);
        Destination destination = wanted.ToExchange ? host.GetExchange(name) : host.GetQueue(name);
        var binding = new Binding(source, destination, DefinitionChecks.Name(wanted.RoutingKey), wanted.Arguments.Fields);
        source.CheckBinding(binding);
        host.Bind(binding);
    };
}

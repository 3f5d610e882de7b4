using System.Text;
using AmqpBroker.Core.Arguments;
using AmqpBroker.Core.Exchanges;
using AmqpBroker.Core.Queues;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Sessions;

/// <summary>The classes exchange and queue: what exists and how it is bound.</summary>
public sealed partial class ChannelSession
{
    private void DeclareExchange(in ExchangeDeclare declare)
    {
        ShortString name = Names.Strip(declare.Exchange);
        if (declare.Passive)
        {
            CheckNotDefault(name);
            Host.GetExchange(name);
        }
        else
        {
            ExchangeType type = ExchangeTypes.Get(declare.Type);
            CheckNotDefault(name);
            Access.Exchange(AccessKind.Configure, name);
            if (Host.FindExchange(name) is { } existing)
            {
                ExchangeArguments.CheckEquivalent(existing, type, Properties(name, in declare, null), Host.NameText);
            }
            else
            {
                AddExchange(type, name, in declare);
            }
        }

        if (!declare.NoWait)
        {
            Reply(default(ExchangeDeclareOk), awaits: declare.Durable && !declare.Passive);
        }
    }

    private void AddExchange(ExchangeType type, ShortString name, in ExchangeDeclare declare)
    {
        Names.CheckNewExchange(name);
        ShortString? alternate = ExchangeArguments.Parse(declare.Arguments, name, Host.NameText);
        if (alternate is not null)
        {
            Access.Exchange(AccessKind.Read, name);
            Access.Exchange(AccessKind.Write, alternate);
        }

        if (VirtualHostQuota.IsReached(Host.Settings.Limits.MaxExchanges, Host.Exchanges.Count))
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed,
                $"cannot declare exchange '{name}': exchange limit of {Host.Settings.Limits.MaxExchanges} is reached");
        }

        ExchangeProperties properties = Properties(name, in declare, alternate);
        type.CheckArguments?.Invoke(properties, Host.NameText);
        Host.AddExchange(type.Name, properties);
    }

    private static ExchangeProperties Properties(ShortString name, in ExchangeDeclare declare, ShortString? alternate) =>
        new(name, declare.Durable, declare.AutoDelete, declare.Internal, declare.Arguments, alternate);

    private void DeleteExchange(in ExchangeDelete delete)
    {
        ShortString name = Names.Strip(delete.Exchange);
        CheckNotDefault(name);
        bool durable = false;
        if (Names.IsReserved(name))
        {
            throw new ChannelException(
                ReplyCode.AccessRefused, $"deletion of system exchange '{name}' in vhost '{Host.Name}' not allowed");
        }

        Access.Exchange(AccessKind.Configure, name);
        if (Host.FindExchange(name) is { } exchange)
        {
            if (delete.IfUnused && exchange.Bindings.Count > 0)
            {
                throw new ChannelException(
                    ReplyCode.PreconditionFailed, $"exchange '{name}' in vhost '{Host.Name}' in use");
            }

            durable = exchange.Durable;
            Host.Delete(exchange);
        }

        if (!delete.NoWait)
        {
            Reply(default(ExchangeDeleteOk), awaits: durable || Host.Log.HasAwaited);
        }
    }

    private void Bind(in ExchangeBind bind)
    {
        Binding binding = ExchangeBinding(bind.Destination, bind.Source, bind.RoutingKey, bind.Arguments);
        binding.Source.CheckBinding(binding);
        Host.Bind(binding);
        if (!bind.NoWait)
        {
            Reply(default(ExchangeBindOk), awaits: binding.Durable);
        }
    }

    private void Unbind(in ExchangeUnbind unbind)
    {
        ShortString name = Names.Strip(unbind.Destination);
        CheckExchangesToBind(name, Names.Strip(unbind.Source), unbind.RoutingKey);
        Exchange? destination = Host.FindExchange(name);
        Unbind(unbind.Source, destination, unbind.RoutingKey, unbind.Arguments, default(ExchangeUnbindOk), unbind.NoWait);
    }

    private Binding ExchangeBinding(ShortString destination, ShortString source, ShortString key, FieldTable arguments)
    {
        ShortString sourceName = Names.Strip(source);
        ShortString destinationName = Names.Strip(destination);
        CheckExchangesToBind(destinationName, sourceName, key);
        Exchange from = Host.GetExchange(sourceName);
        Exchange to = Host.GetExchange(destinationName);
        return new Binding(from, to, key, arguments);
    }

    private void CheckExchangesToBind(ShortString destination, ShortString source, ShortString key)
    {
        Access.Exchange(AccessKind.Write, destination);
        CheckNotDefault(destination);
        CheckSource(source, key);
    }

    /// <summary>Who binds, or takes a binding away, must be able to read what comes from the source, and to read with this key.</summary>
    private void CheckSource(ShortString source, ShortString key)
    {
        CheckNotDefault(source);
        Access.Exchange(AccessKind.Read, source);
        if (Host.FindExchange(source) is TopicExchange)
        {
            Access.Topic(AccessKind.Read, source, key);
        }
    }

    private void DeclareQueue(in QueueDeclare declare)
    {
        ShortString name = Names.Strip(declare.Queue);
        MessageQueue? queue;
        if (ReplyTo.IsReplyName(name) || name == ReplyTo.PseudoQueue)
        {
            // A requester's name exists as long as its channel consumes replies.
            if (name != ReplyTo.PseudoQueue && !Host.HasReplyChannel(name))
            {
                throw new ChannelException(ReplyCode.NotFound, $"no queue '{name}' in vhost '{Host.Name}'");
            }

            _lastQueue = name;
            if (!declare.NoWait)
            {
                Reply(new QueueDeclareOk(name, 0, 1));
            }

            return;
        }

        if (declare.Passive)
        {
            queue = Host.GetQueue(name);
            CheckOwner(queue);
            queue.NoteUse();
        }
        else
        {
            // Unlike an exchange's, a queue's reserved name is refused even if there is such a queue, of a client's own too.
            Names.CheckDeclaredQueue(name);
            queue = name.IsEmpty ? null : Host.FindQueue(name);
            FieldTable arguments = WithDefaultType(in declare);
            var request = new QueueDeclaration(
                name.IsEmpty ? Names.ServerNamedQueue(Host.FillRandom) : name,
                declare.Durable,
                declare.Exclusive,
                declare.AutoDelete,
                ServerNamed: name.IsEmpty);
            Access.Queue(AccessKind.Configure, request.Name);
            if (queue is null)
            {
                CheckNewQueue(request.Name, arguments);
                queue = Host.AddQueue(
                    in request, declare.Exclusive ? _session : null, QueueArguments.Parse(arguments, in request, Host.NameText));
            }
            else
            {
                CheckOwner(queue);
                if (declare.Exclusive != (queue.Owner is not null))
                {
                    throw OwnedElsewhere(queue);
                }

                queue.Arguments.CheckEquivalent(queue.Declaration, in request, arguments, Host.NameText);
                queue.NoteUse();
            }
        }

        _lastQueue = queue.Name;
        Host.Meters.Count(Figure.QueueDeclared);
        if (!declare.NoWait)
        {
            var reply = new QueueDeclareOk(queue.Name, (uint)queue.ReadyCount, (uint)queue.Consumers.Count);
            Reply(in reply, awaits: queue.Durable && !declare.Passive);
        }
    }

    /// <summary>The arguments, with the virtual host's default type where the client names none and that type can be had.</summary>
    private FieldTable WithDefaultType(in QueueDeclare declare)
    {
        const string argument = "x-queue-type";
        return Host.Settings.DefaultQueueType is { } type && type != "classic"
            && declare.Durable && !declare.Exclusive && !declare.AutoDelete && !declare.Arguments.TryGetValue(argument, out _)
            ? new FieldTableBuilder(declare.Arguments).Append(argument, FieldValue.FromString(type)).Build()
            : declare.Arguments;
    }

    /// <summary>What is asked of a queue that does not exist yet, before its arguments are looked at.</summary>
    private void CheckNewQueue(ShortString name, FieldTable arguments)
    {
        VirtualHostQuota limits = Host.Settings.Limits;
        if (VirtualHostQuota.IsReached(limits.MaxQueues, Host.Queues.Count))
        {
            throw new ChannelException(
                ReplyCode.PreconditionFailed, $"cannot declare queue '{name}': queue limit in vhost '{Host.Name}' ({limits.MaxQueues}) is reached");
        }

        if (arguments.TryGetValue("x-dead-letter-exchange", out FieldValue value) && value.TryGetString(out string? text)
            && Encoding.UTF8.GetByteCount(text) <= ShortString.MaxLength)
        {
            Access.Queue(AccessKind.Read, name);
            Access.Exchange(AccessKind.Write, ShortString.FromString(text));
        }
    }

    private void DeleteQueue(in QueueDelete delete)
    {
        ShortString name = QueueNameOrLast(Names.Strip(delete.Queue));
        Access.Queue(AccessKind.Configure, name);
        uint count = 0;
        bool durable = false;
        if (Host.FindQueue(name) is { } queue)
        {
            CheckOwner(queue);
            CheckConditions(queue, in delete);
            if (delete.IfEmpty && queue.ReadyCount + queue.DelayedCount > 0)
            {
                throw new ChannelException(ReplyCode.PreconditionFailed, $"queue '{name}' in vhost '{Host.Name}' not empty");
            }

            if (delete.IfUnused && queue.Consumers.Count > 0)
            {
                throw new ChannelException(ReplyCode.PreconditionFailed, $"queue '{name}' in vhost '{Host.Name}' in use");
            }

            count = (uint)queue.ReadyCount;
            durable = queue.Durable;
            Host.Delete(queue);
        }

        if (!delete.NoWait)
        {
            Reply(new QueueDeleteOk(count), awaits: durable || Host.Log.HasAwaited);
        }
    }

    /// <exception cref="ConnectionException">540: RabbitMQ's quorum queues know no conditional delete.</exception>
    private void CheckConditions(MessageQueue queue, in QueueDelete delete)
    {
        if (queue.Arguments.Type == QueueType.Quorum && (delete.IfUnused || delete.IfEmpty))
        {
            string flag = delete.IfUnused ? "if-unused" : "if-empty";
            throw new ConnectionException(
                ReplyCode.NotImplemented,
                $"cannot delete queue '{queue.Name}' in vhost '{Host.Name}'. queue.delete operations with {flag} flag set are not supported by quorum queues");
        }
    }

    private void Purge(in QueuePurge purge)
    {
        ShortString name = QueueNameOrLast(Names.Strip(purge.Queue));
        Access.Queue(AccessKind.Read, name);
        MessageQueue queue = Host.GetQueue(name);
        CheckOwner(queue);
        uint count = (uint)queue.Purge();
        if (!purge.NoWait)
        {
            Reply(new QueuePurgeOk(count), awaits: queue.Durable);
        }
    }

    private void Bind(in QueueBind bind)
    {
        ShortString name = QueueToBind(bind.Queue, bind.Exchange, bind.RoutingKey, out ShortString key);
        Exchange exchange = Host.GetExchange(Names.Strip(bind.Exchange));
        MessageQueue queue = Host.GetQueue(name);
        var binding = new Binding(exchange, queue, key, bind.Arguments);
        exchange.CheckBinding(binding);
        CheckOwner(queue);
        Host.Bind(binding);
        if (!bind.NoWait)
        {
            Reply(default(QueueBindOk), awaits: binding.Durable);
        }
    }

    private void Unbind(in QueueUnbind unbind)
    {
        ShortString name = QueueToBind(unbind.Queue, unbind.Exchange, unbind.RoutingKey, out ShortString key);
        Unbind(unbind.Exchange, Host.FindQueue(name), key, unbind.Arguments, default(QueueUnbindOk), noWait: false);
    }

    /// <summary>Takes a binding away. What is not there is nobody's fault, be it the binding or one of its ends.</summary>
    private void Unbind<T>(ShortString source, Destination? destination, ShortString key, FieldTable arguments, T ok, bool noWait)
        where T : struct, IMethod<T>
    {
        bool durable = false;
        if (Host.FindExchange(Names.Strip(source)) is { } exchange && destination is not null
            && exchange.Find(new Binding(exchange, destination, key, arguments)) is { } binding)
        {
            if (destination is MessageQueue queue)
            {
                CheckOwner(queue);
            }

            durable = binding.Durable;
            Host.Unbind(binding);
        }

        if (!noWait)
        {
            Reply(ok, awaits: durable || Host.Log.HasAwaited);
        }
    }

    /// <summary>The queue that is meant, and the key: left out both, they are the last declared queue and its name.</summary>
    private ShortString QueueToBind(ShortString queueName, ShortString exchangeName, ShortString routingKey, out ShortString key)
    {
        ShortString name = QueueNameOrLast(Names.Strip(queueName));
        key = queueName.IsEmpty && routingKey.IsEmpty ? name : routingKey;
        Access.Queue(AccessKind.Write, name);
        CheckSource(Names.Strip(exchangeName), key);
        return name;
    }

    private static void CheckNotDefault(ShortString exchange)
    {
        if (exchange.IsEmpty)
        {
            throw new ChannelException(ReplyCode.AccessRefused, "operation not permitted on the default exchange");
        }
    }
}

// The broker as a process. `amqpbroker --help` lists what can be set; AmqpBroker.Hosting puts the rooms together.
return await AmqpBroker.Hosting.BrokerProcess.RunAsync(args);

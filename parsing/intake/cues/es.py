"""Spanish cues, the strongest."""

WORDS = {
    "deny": "no nunca nada nadie sin ningún ninguna ninguno tampoco ni jamás",
    "error": (
        "error errores excepción denegado denegada inválido inválida código fallo 404 403 500 502 503 504 mensaje"
    ),
    "symptom": (
        "cuelga colgado colgada congela bloquea bloqueado desaparece desaparecen desaparecido vacío vacía "
        "blanco blanca negro negra falta faltan duplicado doble perdido parpadea gira equivocado incorrecto "
        "cierra reinicia apaga lento lenta muerto rojo queda cae cortado solo expulsa corta incorrecta "
        "dos_veces"
    ),
    "fault": "problema roto rota avería fallo no_funciona no_va",
    "should": (
        "debería deberían debe deben tendría tendrían tiene_que esperaba espero esperado esperamos supone "
        "acordado prometido"
    ),
    "want": "quiero queremos quisiera gustaría necesito necesitamos",
    "contrast": "lugar en_lugar_de en_vez vez_de vez sino",
    "but": "pero aunque sin_embargo",
    "former": "antes normalmente siempre anteriormente habitualmente hasta_ahora solía",
    "now": "ahora desde actualmente repente hoy todavía sigue cada_vez",
    "act": (
        "hago pulso pulsar pulse clic abro abrir abra voy ir entro entrar elijo elegir selecciono seleccionar "
        "escribo escribir introduzco introducir marco marcar guardo guardar envío enviar inicio iniciar meto "
        "meter añado añadir descargo descargar subo subir busco buscar imprimo imprimir toco tocar escaneo "
        "escanear"
    ),
    "acts": "pulsé pulsado abierto abrí elegido seleccionado escrito introducido marcado guardado enviado iniciado",
    "seq": "luego después entonces primero finalmente segundo tercero a_continuación",
    "cond": "cuando si al cada_vez_que mientras",
    "ui": "botón menú pantalla pestaña campo página ajustes icono enlace casilla ventana lista carpeta aplicación",
    "show": (
        "veo ve aparece aparecen sale salen muestra muestran dice recibo recibimos pasa ocurre obtengo llega queda"
    ),
    "self": "yo nosotros mi mis nuestro nuestra nos me",
    "you": "usted ustedes su sus",
    "it": "esto eso esta este",
    "polite": "hola buenos buenas gracias saludos estimado estimada atentamente cordial",
    "please": "favor podrían podría pueden",
    "env": "versión android ios windows dispositivo navegador modelo",
    "wonder": "porqué quizás creo supongo cómo",
    "able": "puedo podemos puede pueden posible",
    "was": "era estaba había",
    "proper": "correcto correcta bien normal contrato funcionaba",
    "way": "pasos procedimiento reproducir manera",
    "picture": "adjunto adjunta captura foto",
    "time": (
        "lunes martes miércoles jueves viernes sábado domingo ayer semana mes año días hora mañana noche enero "
        "febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
    ),
    "people": "cliente clientes usuarios todos compañeros equipo empleados pacientes tiendas",
    "talk": "llamen llamar teléfono contrato urgente rápido correo",
    "vague": "mal bien raro extraño algo revisar arreglar dificultades",
    "got": "cobrado facturado paquete caja llegó contiene",
    "ought": "debería deberían debe deben tendría esperaba esperado",
    "norm": "antes normalmente lugar en_lugar vez acordado prometido pedí contrato",
    "wise": "dice aparece muestra mensaje sale solo vacío vacía",
}
HEADINGS = {
    "observed": (
        "observado|resultado|resultado actual|problema|error|qué pasa|lo que pasa|comportamiento actual|descripción"
    ),
    "expected": "esperado|resultado esperado|comportamiento esperado|lo que debería pasar|qué debería pasar",
    "steps": "pasos|pasos para reproducir|cómo reproducir|procedimiento|para reproducir|lo que hago",
    "other": "versión|dispositivo|desde|afectados|contacto|producto|cliente|factura|pedido|nota|sistema",
}

module.exports={testTwo:[]}
